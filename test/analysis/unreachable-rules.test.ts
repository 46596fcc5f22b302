import { expect, test } from 'vitest';
import { analyzed } from './rules.ts';

const dnat = (rest: string) => `  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ${rest}}\n`;

test('a mapping behind the union of two others is never reached', () => {
  const rules = `dnat:\n${[
    dnat('ports: 8000-8005'),
    dnat('ports: 8006-8010'),
    dnat('ports: 8004-8007'),
  ].join('')}`;
  expect(analyzed(rules, 'shadowed')).toEqual([
    'mapping for 203.0.113.43:8004-8007/tcp is never reached: 2 earlier mappings together match the same connections',
  ]);
});

test('one that a part of its packets comes to is reached', () => {
  const rules = `dnat:\n${[
    dnat('ports: 8000-8005'),
    dnat('ports: 8007-8010'),
    dnat('ports: 8004-8008'),
  ].join('')}`;
  expect(analyzed(rules, 'shadowed')).toEqual([]);
});

test('sources that add up to those of a later mapping shadow it', () => {
  const rules = `dnat:\n${[
    dnat('ports: 25, sources: [198.51.100.0/25, 198.51.100.128/25]'),
    dnat('ports: 25, sources: [198.51.100.0/24]'),
  ].join('')}`;
  expect(analyzed(rules, 'shadowed')).toHaveLength(1);
});

test('an snat entry behind the halves of its network is never reached', () => {
  const snat = (network: string) =>
    `  - {int_ip: ${network}, ext_if: vmbr0, ext_ip: 203.0.113.43}\n`;
  const rules = `snat:\n${['10.0.0.0/25', '10.0.0.128/25', '10.0.0.0/24'].map(snat).join('')}`;
  expect(analyzed(rules, 'shadowed')).toHaveLength(1);
});
