/** A dispatch tree against the list that it is made of: the same rule decides on every packet. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dispatchWanted } from '../../src/dispatch/dispatch.ts';
import { flattenDispatch, isDispatchRule } from '../../src/dispatch/flatten.ts';
import { longestChainName, type Ruleset } from '../../src/iptables/ruleset.ts';
import type { Wanted } from '../../src/iptables/wanted.ts';
import { possibleEnds, type RandomChains, type RandomRule } from '../support/chain-oracle.ts';
import { type ConcretePacket, isWithin } from '../support/concrete-packet.ts';
import { longRules, packetsNear, specOf } from '../support/long-chains.ts';

const families = ['ipv4', 'ipv6'] as const;
type Family = (typeof families)[number];

/** FORWARD leads to natmap's chain, whose rules may lead to another, and has a rule behind the jump. */
function around(chains: readonly { name: string; rules: readonly RandomRule[] }[]): RandomChains {
  const jump: RandomRule = { criteria: [], target: '-j NATMAP' };
  const other: RandomRule = { criteria: [], target: 'RETURN' };
  return [
    { name: 'FORWARD', rules: [jump, { criteria: [], target: 'REJECT' }] },
    ...chains,
    { name: 'NATMAP-OTHER', rules: [other] },
  ];
}

function treeOf(rules: readonly RandomRule[], family: Family): Wanted {
  return dispatchWanted({
    family,
    chains: [
      {
        table: 'filter',
        name: 'NATMAP',
        rules: rules.map((rule) => ({
          spec: specOf(rule),
          verbatim: rule.criteria.some(({ text }) => text.includes('-m unknown')),
          origin: null,
        })),
      },
      {
        table: 'filter',
        name: 'NATMAP-OTHER',
        rules: [{ spec: '-j RETURN', verbatim: false, origin: null }],
      },
    ],
  });
}

/** What a rule of the tree asks: that of the list, or what the text of a dispatch rule says. */
function toRandom(
  spec: string,
  known: ReadonlyMap<string, RandomRule>,
  family: Family,
): RandomRule {
  const rule = known.get(spec);
  if (rule !== undefined) return rule;
  const parts =
    /^(?:-(?<side>[sd]) (?<net>[^ ]+) |-p (?<protocol>\w+) (?:-m \w+ --dport (?<first>\d+)(?::(?<last>\d+))? )?)?-m comment --comment "natmap:dispatch" (?<target>-[jg] [^ ]+)$/.exec(
      spec,
    )?.groups;
  if (parts === undefined) throw new Error(`this is no rule of a tree: ${spec}`);
  const { side, net, protocol, first, last = first, target = '' } = parts;
  const fits = (packet: ConcretePacket) =>
    (net === undefined ||
      isWithin(side === 's' ? packet.source : packet.destination, net, family)) &&
    (protocol === undefined || packet.protocol === protocol) &&
    (first === undefined ||
      (Number(first) <= packet.destinationPort && packet.destinationPort <= Number(last)));
  return { criteria: [{ text: spec, fits }], target };
}

/** The texts of the rules that may decide. */
function decidingRules(chains: RandomChains, packet: ConcretePacket): string[] {
  const texts = [...possibleEnds(chains, packet)].map((end) => {
    const [, chain, number] = end.split(' ');
    const rule = chains.find(({ name }) => name === chain)?.rules[Number(number) - 1];
    return rule === undefined ? end : specOf(rule);
  });
  return [...new Set(texts)].sort();
}

function rulesetOf({ family, chains }: Wanted): Ruleset {
  return {
    family,
    tables: [
      {
        name: 'filter',
        chains: chains.map(({ name, rules }) => ({
          name,
          policy: '-',
          counters: null,
          rules: rules.map(({ spec }) => ({ spec, counters: null })),
        })),
      },
    ],
  };
}

describe.each(families)('%s', (family) => {
  test('a tree, and the list that is read back from it, decide as the list does', () => {
    fc.assert(
      fc.property(longRules(family), fc.infiniteStream(fc.nat()), (rules, seeds) => {
        const known = new Map(rules.map((rule) => [specOf(rule), rule]));
        const random = (spec: string) => toRandom(spec, known, family);
        const tree = treeOf(rules, family);
        const list = around([{ name: 'NATMAP', rules }]);
        const grown = around(
          tree.chains
            .filter(({ name }) => name !== 'NATMAP-OTHER')
            .map(({ name, rules: those }) => ({
              name,
              rules: those.map(({ spec }) => random(spec)),
            })),
        );
        const [flat] = flattenDispatch(rulesetOf(tree)).tables[0]?.chains ?? [];
        const flattened = around([
          { name: 'NATMAP', rules: flat?.rules.map(({ spec }) => random(spec)) ?? [] },
        ]);
        for (const packet of packetsNear(rules, family, seeds, 40)) {
          const expected = decidingRules(list, packet);
          expect(decidingRules(grown, packet)).toEqual(expected);
          expect(decidingRules(flattened, packet)).toEqual(expected);
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test('every rule of the list stands in the tree, and no other but those that dispatch', () => {
    fc.assert(
      fc.property(longRules(family), (rules) => {
        const { chains } = treeOf(rules, family);
        const own = chains.filter(({ name }) => name !== 'NATMAP-OTHER');
        const specs = own.flatMap((chain) => chain.rules.map(({ spec }) => spec));
        const list = specs.filter((spec) => !isDispatchRule(spec));
        expect(new Set(list)).toEqual(new Set(rules.map(specOf)));
        expect(list.length).toBeLessThanOrEqual(2 * rules.length);
        for (const { name } of own) expect(name.length).toBeLessThanOrEqual(longestChainName);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});
