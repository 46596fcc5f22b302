/** Imports in src/ point one way, and ARCHITECTURE.md shows them. After a change: npm run arrows -- --write */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { edges, listed } from '../.dependency-cruiser.mjs';
import { printGraph, readGraph, readImports } from '../scripts/arrows.mjs';
import { repository } from './support/natmap.ts';
import { createWorkspace } from './support/workspace.ts';

const found = await readImports(repository);

test('no module imports what its stage may not', () => {
  expect(found.violations).toEqual([]);
  expect(found.modules).toBeGreaterThan(300);
});

test('every folder of src has its place in the table', () => {
  expect([...found.stages].sort()).toEqual([...listed, ...edges].sort());
});

test('ARCHITECTURE.md shows the graph of today', () => {
  const shown = readGraph(readFileSync(`${repository}ARCHITECTURE.md`, 'utf8'));
  expect(shown).toBe(printGraph(found.arrows));
});

describe('an import against the arrows is found', () => {
  test.each([
    ['of a value', "import { run } from '../cli/run.ts';\nrun();", 'net-imports'],
    ['of a type', "import type { Run } from '../cli/run.ts';\nexport type R = Run;", 'net-imports'],
    ['when it runs', "export const late = () => import('../cli/run.ts');", 'net-imports'],
    ['passed on', "export { run } from '../cli/run.ts';", 'net-imports'],
    [
      'of processes',
      "import { spawn } from 'node:child_process';\nspawn('ip');",
      'only-host-spawns',
    ],
  ])('%s', async (_, text, rule) => {
    using folder = createWorkspace({
      'src/net/ports.ts': text,
      'src/cli/run.ts': 'export type Run = 1;\nexport const run = () => {};',
    });
    const { violations } = await readImports(folder.path);
    expect(violations).toEqual([expect.stringContaining(`: ${rule} (`)]);
  });
});
