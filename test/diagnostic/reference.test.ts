// The reference of diagnostics names every code, and no other.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/diagnostic/diagnostic.ts';

test('docs/diagnostics.md has an entry for every code, in the same order', () => {
  const text = readFileSync(new URL('../../docs/diagnostics.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  expect(documented).toEqual([...diagnosticCodes]);
});
