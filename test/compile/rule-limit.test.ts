import { expect, test } from 'vitest';
import { compiled } from './compiled.ts';

const numbers = (count: number, write: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => write(index)).join();

const sources = numbers(300, (index) => `198.51.${index >> 8}.${index & 255}`);

function rules(ports: string): string {
  return `dnat:\n  - ▸ext_ip: 203.0.113.1\n    int_ip: 10.0.0.1\n    ports: "${ports}"\n    sources: [${sources}]\n`;
}

test('every port for each of 300 sources is an error at the entry, within seconds', () => {
  const { said, marks, mappings } = compiled(rules(numbers(65_535, (index) => `${index + 1}`)));
  expect(said).toEqual([
    `${marks[0]} too-many-rules: this entry makes at least 19660500 rules, and natmap compiles at most 500000 in all`,
  ]);
  expect(mappings).toEqual([]);
}, 20_000);

test('the same ports as a range are 300 rules', () => {
  expect(compiled(rules('1-65535')).said).toEqual([]);
});

test('entries count together', () => {
  const many = numbers(1000, (index) => `${index + 1}`);
  const entries = Array.from({ length: 2 }, (_, index) =>
    rules(many).replace('dnat:\n', '').replace('203.0.113.1', `203.0.113.${index}`),
  );
  const { said } = compiled(`dnat:\n${entries.join('').replaceAll('▸', '')}`);
  expect(said).toEqual([expect.stringMatching(/^a.yaml:6:5 too-many-rules: this entry makes/)]);
});
