import { describe, expect, test } from 'vitest';
import { collectIn, type Diagnostic } from '../../src/diagnostic/diagnostic.ts';

const fault = { code: 'missing-key', severity: 'error', message: 'no', at: null } as const;

function collected(count: number, each: Diagnostic): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const report = collectIn(diagnostics);
  for (let index = 0; index < count; index++) report(each);
  return diagnostics;
}

describe('of many errors', () => {
  test('a thousand are kept, and the others are counted', () => {
    const diagnostics = collected(200_000, fault);
    expect(diagnostics).toHaveLength(1001);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'too-many-errors',
      severity: 'error',
      message: 'errors that are not shown: 199000',
    });
  });

  test('a thousand are all there', () => {
    expect(collected(1000, fault).map(({ code }) => code)).not.toContain('too-many-errors');
  });

  test('warnings are all there', () => {
    expect(collected(3000, { ...fault, severity: 'warning' })).toHaveLength(3000);
  });
});
