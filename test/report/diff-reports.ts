/** Diffs of small rule sets, with all that JSON and Markdown tell of them. */

import { diffReachability } from '../../src/analysis/reachability-diff.ts';
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { changedLines } from '../../src/report/changed-lines.ts';
import type { DiffReport } from '../../src/report/diff-report.ts';
import type { FindSource } from '../../src/report/origin.ts';
import { diffRulesets } from '../../src/report/unified.ts';

export const digest = `sha256:${'0'.repeat(64)}`;

/** The nat table with the jump to NATMAP and these rules in it. */
export function natmapRules(...specs: string[]): Ruleset {
  const lines = [
    ...['*nat', ':PREROUTING ACCEPT [0:0]', ':NATMAP - [0:0]', '-A PREROUTING -j NATMAP'],
    ...specs.map((spec) => `-A NATMAP ${spec}`),
    'COMMIT',
  ];
  const parsed = parseSave(lines.map((line) => `${line}\n`).join(''), 'ipv4');
  if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
  return parsed.ruleset;
}

/** `-d 203.0.113.43 … -j DNAT` of one TCP port, with the comment that natmap gives it. */
export function dnat(port: number, more = ''): string {
  return `${more}-d 203.0.113.43/32 -p tcp -m tcp --dport ${port} -m comment --comment "natmap:dnat:203.0.113.43:${port}" -j DNAT --to-destination 10.0.0.101:${port}`;
}

export function reportOf(
  before: Ruleset,
  after: Ruleset,
  sourceOf: FindSource = () => null,
): DiffReport {
  const diff = diffRulesets(before, after);
  const lines = changedLines(diff, before, after);
  return {
    digest,
    families: [{ diff, lines, moves: [], reach: diffReachability(before, after), sourceOf }],
  };
}
