/** Nat tables for the tests of reach: rules of natmap's behind the jumps, as iptables-save prints them. */
import { parseSave } from '../../src/iptables/parse.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import type { Family } from '../../src/net/family.ts';

/** Each line as `CHAIN SPEC`; the jumps to NATMAP and NATMAP-OUTPUT are there. */
export function natRules(lines: readonly string[], family: Family = 'ipv4'): Ruleset {
  return natTable(['PREROUTING -j NATMAP', 'OUTPUT -j NATMAP-OUTPUT', ...lines], family);
}

/** The same without the jumps. */
export function natTable(lines: readonly string[], family: Family = 'ipv4'): Ruleset {
  const chains = ['NATMAP', 'NATMAP-OUTPUT', 'NATMAP-MORE'];
  const text = [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...lines.map((line) => `-A ${line}`),
    'COMMIT',
  ];
  const parsed = parseSave(text.map((line) => `${line}\n`).join(''), family);
  if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
  return parsed.ruleset;
}
