// Chains of a table of nftables as the model of packets evaluates them: an accept or a drop ends the hook
// for this base chain, and every base chain decides for itself.
import type { Action } from '../../iptables/targets.ts';
import type { Chains } from '../../netfilter/evaluate-chain.ts';
import { chainOf, type ReadChain, type ReadRule } from '../../netfilter/tables.ts';
import {
  type Bounds,
  everyPacket,
  exactly,
  intersectBounds,
  unknownBounds,
} from '../../packet/packet-set.ts';
import { matchPackets, type NftContext } from './match.ts';
import { fields, type Json, type NftChain, type NftRule, type NftTable } from './ruleset.ts';

/** The table for packets of one family; each chain is read when it is first asked for. */
export function nftChains({ name: table, chains }: NftTable, context: NftContext): Chains {
  const read = new Map<string, ReadChain>();
  return {
    chain(_, name) {
      const known = read.get(name);
      if (known !== undefined) return known;
      const chain = chains.find((each) => each.name === name);
      if (chain === undefined) return null;
      const fresh = readChain(table, chain, context);
      read.set(name, fresh);
      return fresh;
    },
  };
}

function readChain(table: string, { name, policy, rules }: NftChain, context: NftContext) {
  const read = rules.flatMap((rule, index): ReadRule[] => {
    const place = { table, chain: name, number: index + 1, isUnderstood: true };
    const text = { spec: JSON.stringify(rule), counters: null };
    return meaningsOf(rule, context).map((meaning) => ({ ...place, rule: text, ...meaning }));
  });
  return chainOf(table, name, policy === null ? null : policy.toUpperCase(), read);
}

type Meaning = Pick<ReadRule, 'packets' | 'action'>;

/** A rule has several where a map gives each value a verdict of its own. */
function meaningsOf(rule: NftRule, context: NftContext): Meaning[] {
  const meanings: Meaning[] = [];
  let packets = exactly(everyPacket);
  for (const statement of rule) {
    const [[kind = '', content] = []] = Object.entries(statement);
    const action = actionOf(kind, content);
    if (action !== null) return [...meanings, { packets, action }];
    if (kind === 'vmap') meanings.push(...mapped(fields(content), packets, context));
    else if (kind === 'match') {
      packets = intersectBounds(packets, matchPackets(fields(content), context));
    } else if (!passesAll.has(kind)) packets = intersectBounds(packets, unknownBounds);
  }
  return meanings;
}

/** A map within the rule; one of the table's own may have anything in it. */
function mapped({ key, data }: Json, packets: Bounds, context: NftContext): Meaning[] {
  const { set } = fields(data);
  if (!Array.isArray(set)) return [{ packets, action: { kind: 'unknown' } }];
  return set.map((pair): Meaning => {
    const [value, verdict] = Array.isArray(pair) ? pair : [];
    const own = matchPackets({ op: '==', left: key, right: value }, context);
    const [[kind = '', content] = []] = Object.entries(fields(verdict));
    const action = actionOf(kind, content) ?? { kind: 'unknown' };
    return { packets: intersectBounds(packets, own), action };
  });
}

/** @returns null for a statement that is no verdict */
function actionOf(kind: string, content: unknown): Action | null {
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'reject':
    case 'return':
      return { kind };
    case 'jump':
    case 'goto':
      return { kind, chain: String(fields(content).target) };
    default:
      return null;
  }
}

/** Statements that neither match nor end anything; `limit` and others may. */
const passesAll: ReadonlySet<string> = new Set(['counter', 'log', 'mangle', 'notrack', 'comment']);
