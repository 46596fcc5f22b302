import { describe, expect, test } from 'vitest';
import { commandSpecs } from '../../src/cli/commands.ts';

const shown = commandSpecs().filter(({ hidden }) => !hidden);

describe.each(shown.map((spec) => [spec.name, spec] as const))('%s', (name, spec) => {
  const [, args = ''] = spec.example.split(`natmap ${name}`);

  test('has an example, with flags that it takes', () => {
    expect(spec.example).toContain(`natmap ${name}`);
    const known = spec.flags.flatMap(({ short, long }) => [short, long]);
    for (const flag of args.match(/(?<= )--?[a-z][\w-]*/g) ?? []) expect(known).toContain(flag);
  });

  test('says what it does, and what each of its flags does', () => {
    const texts = [spec.summary, ...spec.flags.map(({ description }) => description)];
    for (const text of texts) expect(text.length).toBeGreaterThan(5);
  });
});
