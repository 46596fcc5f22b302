/**
 * What `iptables-restore --noflush` does with a payload, in small: commands one after the other, and
 * an error where iptables has one. Written from iptables(8), and not from natmap's planner.
 */

import {
  builtinChains,
  type Chain,
  compareChains,
  type Rule,
  type Ruleset,
  type Table,
} from '../../src/iptables/ruleset.ts';
import { savedWords } from '../../src/iptables/saved-words.ts';

/** A rule with its counters as `[PACKETS:BYTES]`. */
interface Counted {
  readonly spec: string;
  readonly counters: string;
}

/** Chains of one table: what they hold, by name. */
type Chains = Map<string, Counted[]>;

/** The rules of each table after the payload, as `TABLE CHAIN [PACKETS:BYTES] RULE…` lines. */
export function restored(before: Ruleset, payload: string): string[] {
  const tables = new Map(before.tables.map((table) => [table.name, chainsOf(table)]));
  let open: Chains | null = null;
  for (const line of payload.split('\n').slice(0, -1)) {
    if (line.startsWith('*')) {
      const name = line.slice(1);
      open = tables.get(name) ?? bornWith(name);
      tables.set(name, open);
    } else if (open === null) {
      throw new Error(`outside of a table: ${line}`);
    } else if (line === 'COMMIT') {
      refuseMissingTargets(open);
      open = null;
    } else {
      carryOut(line, open);
    }
  }
  if (open !== null) throw new Error('no COMMIT');
  return [...tables].flatMap(([name, chains]) => linesOf(name, chains));
}

/** The same lines of a rule set. */
export function contents(ruleset: Ruleset): string[] {
  return ruleset.tables.flatMap((table) => linesOf(table.name, chainsOf(table)));
}

/** What a rule has counted that is loaded without counters. */
const zero = '[0:0]';

function carryOut(line: string, chains: Chains): void {
  const header = /^:(\S+) - \[0:0\]$/.exec(line)?.[1];
  if (header !== undefined) {
    chains.set(header, []);
    return;
  }
  const [, counters = zero, command, name = '', rest = ''] =
    /^(?:(\[\d+:\d+\]) )?(-[NDFXIA]) (\S+)(?: (.*))?$/s.exec(line) ?? [];
  if (command === undefined) throw new Error(`no such command: ${line}`);
  if (command === '-N') {
    if (chains.has(name)) throw new Error(`chain exists: ${line}`);
    chains.set(name, []);
    return;
  }
  const rules = chains.get(name);
  if (rules === undefined) throw new Error(`no such chain: ${line}`);
  switch (command) {
    case '-A':
      rules.push({ spec: rest, counters });
      return;
    case '-D': {
      const isNumber = /^\d+$/.test(rest);
      const index = isNumber ? Number(rest) - 1 : rules.findIndex(({ spec }) => spec === rest);
      if (rules[index] === undefined) throw new Error(`no such rule: ${line}`);
      rules.splice(index, 1);
      return;
    }
    case '-I': {
      const [, number, spec = ''] = /^(\d+) ?(.*)$/s.exec(rest) ?? [];
      const index = Number(number) - 1;
      if (!(index >= 0 && index <= rules.length)) throw new Error(`index too big: ${line}`);
      rules.splice(index, 0, { spec, counters });
      return;
    }
    case '-F':
      rules.length = 0;
      return;
    case '-X':
      if (rules.length > 0) throw new Error(`chain is not empty: ${line}`);
      if (targets(chains).includes(name)) throw new Error(`chain is in use: ${line}`);
      chains.delete(name);
  }
}

function refuseMissingTargets(chains: Chains): void {
  const missing = targets(chains).find((name) => !chains.has(name) && !extensions.has(name));
  if (missing !== undefined) throw new Error(`no such target: ${missing}`);
}

const extensions: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'RETURN', 'MASQUERADE']);

function targets(chains: Chains): string[] {
  return [...chains.values()].flat().flatMap(({ spec }) => {
    const words = savedWords(spec);
    const option = words.findLastIndex((word) => word === '-j' || word === '-g');
    return option < 0 ? [] : [words[option + 1] ?? ''];
  });
}

function chainsOf({ chains }: Table): Chains {
  return new Map(chains.map(({ name, rules }: Chain) => [name, rules.map(countedRule)]));
}

function countedRule({ spec, counters }: Rule): Counted {
  return { spec, counters: counters === null ? zero : `[${counters.packets}:${counters.bytes}]` };
}

function bornWith(table: string): Chains {
  return new Map(builtinChains(table).map((name) => [name, []]));
}

function linesOf(table: string, chains: Chains): string[] {
  const compare = compareChains(table);
  const sorted = [...chains].sort(([a], [b]) => compare(a, b));
  return [
    table,
    ...sorted.flatMap(([name, rules]) => [
      `${table} :${name}`,
      ...rules.map(({ spec, counters }) => `${table} ${name} ${counters} ${spec}`),
    ]),
  ];
}
