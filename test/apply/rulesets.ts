/** Rule sets of few lines: a table's chains are made of the rules that are named. */
import { parseSave } from '../../src/iptables/parse.ts';
import { builtinChains, type Ruleset } from '../../src/iptables/ruleset.ts';

/** One table, with these user chains and rules; policies are ACCEPT. */
export function oneTable(
  table: string,
  users: readonly string[],
  rules: readonly string[],
): Ruleset {
  const headers = [
    ...builtinChains(table).map((name) => `:${name} ACCEPT [0:0]`),
    ...users.map((name) => `:${name} - [0:0]`),
  ];
  const lines = [`*${table}`, ...headers, ...rules, 'COMMIT'];
  const parsed = parseSave(lines.map((line) => `${line}\n`).join(''), 'ipv4');
  if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
  return parsed.ruleset;
}
