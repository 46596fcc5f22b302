// Our chains hold other rules than are wanted, or are not there at all.
import type { Mapping } from '../../compile/mapping.ts';
import { isOwnedChain } from '../../iptables/owned.ts';
import type { Ruleset } from '../../iptables/ruleset.ts';
import { type Family, familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { applyLine } from '../commands.ts';
import type { Facts } from '../facts.ts';
import { mappingsOf, printedRules } from '../host.ts';
import { affected } from '../mappings.ts';

export const notApplied: Check = {
  code: 'not-applied',
  find(facts) {
    const differences = printedRules(facts).flatMap((live) => {
      const wanted = facts.intent.wanted.find(({ family }) => family === live.family);
      return wanted === undefined ? [] : compare(wanted, live, facts);
    });
    if (differences.length === 0) return [];
    const said = differences.map(({ family, text }) => `${familyNames[family]}: ${text}`);
    return [
      {
        severity: 'error',
        message: `natmap's rules are not the wanted ones (${said.join('; ')})`,
        reason: 'The mappings are as they were when natmap was applied last, or not there at all.',
        affected: differences.flatMap(({ lacking }) => lacking.map(affected)),
        commands: [applyLine(facts)],
      },
    ];
  },
};

interface Difference {
  readonly family: Family;
  readonly text: string;
  /** Mappings that rules are missing of. */
  readonly lacking: readonly Mapping[];
}

type WantedRules = Facts['intent']['wanted'][number];

function compare(wanted: WantedRules, live: Ruleset, facts: Facts): readonly Difference[] {
  const [asked, there] = [linesOf(wanted.chains), linesOf(ownedChains(live))];
  if (asked.join('\n') === there.join('\n')) return [];
  const [inAsked, inThere] = [new Set(asked), new Set(there)];
  const missing = asked.filter((line) => !inThere.has(line)).length;
  const extra = there.filter((line) => !inAsked.has(line)).length;
  const lacking = lackingOf(wanted, inThere, facts);
  return [{ family: live.family, text: inWords(missing, extra, asked.length), lacking }];
}

function inWords(missing: number, extra: number, asked: number): string {
  if (missing === 0 && extra === 0) return 'in another order';
  const parts = [
    ...(missing > 0 ? [`${missing} of ${asked} missing`] : []),
    ...(extra > 0 ? [`${extra} too many`] : []),
  ];
  return parts.join(', ');
}

interface ChainLines {
  readonly table: string;
  readonly name: string;
  readonly rules: readonly { readonly spec: string }[];
}

function ownedChains({ tables }: Ruleset): readonly ChainLines[] {
  return tables.flatMap(({ name: table, chains }) =>
    chains
      .filter(({ name }) => isOwnedChain(name))
      .map(({ name, rules }) => ({ table, name, rules })),
  );
}

/** A line for each rule; the order of chains tells nothing, and iptables-save has its own. */
function linesOf(chains: readonly ChainLines[]): readonly string[] {
  const key = ({ table, name }: ChainLines) => `${table} ${name}`;
  return [...chains]
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .flatMap((chain) => chain.rules.map(({ spec }) => `${key(chain)} ${spec}`));
}

function lackingOf(
  { chains, family }: WantedRules,
  there: ReadonlySet<string>,
  facts: Facts,
): readonly Mapping[] {
  const lacking = chains.flatMap(({ table, name, rules }) =>
    rules
      .filter(({ spec }) => !there.has(`${table} ${name} ${spec}`))
      .flatMap(({ origin }) => [...(origin?.serves ?? [])]),
  );
  const served = new Set(lacking);
  return mappingsOf(facts, family).filter((mapping) => served.has(mapping));
}
