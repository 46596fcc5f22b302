// Contract, section 2: what natmap owns by name only is reported before it is touched.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import { builtinChains, type Ruleset } from '../../src/iptables/ruleset.ts';
import type { Family } from '../../src/net/family.ts';
import { applyGoal, flushGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { rulesToTakeOver } from '../../src/plan/take-over.ts';

function filter(...lines: string[]): Ruleset {
  const headers = [':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];
  return parsed(['*filter', ...headers, ...lines, 'COMMIT', ''].join('\n'));
}

function parsed(text: string, family: Family = 'ipv4'): Ruleset {
  const read = parseSave(text, family);
  if (!read.ok) throw new Error(`line ${read.line}: ${read.problem}`);
  return read.ruleset;
}

function takenOver(live: Ruleset, onRecord: readonly string[] = []): readonly string[] {
  return rulesToTakeOver(makePlan(live, flushGoal, 'nft'), (table, chain) =>
    onRecord.includes(`${table} ${chain}`),
  );
}

const log = ['-A NATMAP-LOG -p tcp -j LOG', '-A NATMAP-LOG -j DROP'];
const own = '-A NATMAP -m conntrack --ctstate DNAT -m comment --comment "natmap:replies" -j ACCEPT';

test.each<[what: string, lines: string[], reported: string[]]>([
  ['a chain of the name without a sign of natmap', [':NATMAP-LOG - [0:0]', ...log], log],
  ['an empty chain of the name', [':NATMAP-LOG - [0:0]'], []],
  ["a rule by hand among natmap's own", [':NATMAP - [0:0]', own, '-A NATMAP -j DROP'], []],
  [
    'a chain that only leads on to chains of natmap, as one of many mappings',
    [':NATMAP - [0:0]', ':NATMAP-A - [0:0]', own, '-A NATMAP-A -s 10.0.0.0/8 -j NATMAP'],
    [],
  ],
  ["the daemon's rule", ['-A INPUT -m comment --comment "natmap:dnat:203.0.113.43:25"'], []],
  ["the daemon's rule of a port", ['-A INPUT -m comment --comment "natmap:old:25" -j ACCEPT'], []],
  ["the daemon's rule without more", ['-A INPUT -m comment --comment "natmap:old" -j ACCEPT'], []],
  ...['natmap: see the wiki', 'natmap:older', 'natmap:dnat', 'natmap:dnatted:1'].map(
    (comment): [string, string[], string[]] => [
      `the comment ${comment} in a chain of others`,
      [`-A INPUT -m comment --comment "${comment}" -j ACCEPT`],
      [`-A INPUT -m comment --comment "${comment}" -j ACCEPT`],
    ],
  ),
  ['a comment with the name inside', ['-A INPUT -m comment --comment "not natmap:x" -j DROP'], []],
])('%s', (_, lines, reported) => {
  expect(takenOver(filter(...lines))).toEqual(reported.map((line) => `filter ${line}`));
});

test('a chain that the record has is natmap-owned, whatever a template printed into it', () => {
  expect(takenOver(filter(':NATMAP-LOG - [0:0]', ...log), ['filter NATMAP-LOG'])).toEqual([]);
});

test('only what goes is reported, copy by copy', () => {
  const live = filter(':NATMAP-LOG - [0:0]', ...log, ...log);
  const rules = log.map((line) => ({
    spec: line.replace('-A NATMAP-LOG ', ''),
    verbatim: false,
    origin: null,
  }));
  const goal = applyGoal({
    family: 'ipv4',
    chains: [{ table: 'filter', name: 'NATMAP-LOG', rules }],
  });
  const plan = makePlan(live, goal, 'nft');
  expect(rulesToTakeOver(plan, () => false)).toEqual(log.map((line) => `filter ${line}`));
});

const cases = join(import.meta.dirname, '..', 'cases');
const rendered = readdirSync(cases).flatMap((name) =>
  (['ipv4', 'ipv6'] as const).map((family): [string, Family] => [
    join(name, family === 'ipv4' ? 'expected.v4' : 'expected.v6'),
    family,
  ]),
);

test.each(rendered)('nothing that the templates print needs it: %s', (file, family) => {
  const text = readIfThere(join(cases, file));
  // A template of the user's is on the record once it was applied.
  if (text === null || file.startsWith('template-')) return;
  expect(takenOver(parsed(withBuiltinChains(text), family))).toEqual([]);
});

/** What is rendered names natmap's own chains only. */
function withBuiltinChains(text: string): string {
  return text.replace(/^\*(\w+)$/gm, (line, table: string) =>
    [line, ...builtinChains(table).map((chain) => `:${chain} ACCEPT [0:0]`)].join('\n'),
  );
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
