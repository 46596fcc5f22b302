/**
 * 10,000 Docker mappings are an ordinary size. The limits are those that the shell sets: seconds of
 * processor time, which neighbours on the machine do not use up, and the heap.
 */
import { expect, test } from 'vitest';
import { natmapPath } from '../support/natmap.ts';
import { mustRun } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

const mappings = 10_000;

const entries = Array.from(
  { length: mappings },
  (_, i) =>
    `  - {target_ip: 10.${i >> 8}.${i & 255}.9, name: c${i}, ports: ["203.0.113.1:${mappings + i}:80"]}\n`,
);

test('10,000 mappings are rendered in 12 seconds of processor time and a heap of 500 MB', async () => {
  using files = createWorkspace({ 'rules.d/many.yaml': `docker:\n${entries.join('')}` });
  const node = `${process.execPath} --max-old-space-size=500 ${natmapPath}`;
  const render = `${node} render --family ipv4 --rules ${files.file('rules.d')}`;
  const text = await mustRun('sh', ['-c', `ulimit -t 12 && ${render}`]);
  // Besides the mappings' own: the accept of replies, and the rule that enters the accepts.
  const lines = text.split('\n').filter((line) => line.startsWith('-A NATMAP'));
  const rules = lines.filter((line) => !line.includes('natmap:dispatch'));
  expect(rules).toHaveLength(4 * mappings + 2);
  expect(lines.length).toBeLessThan(1.1 * rules.length);
});
