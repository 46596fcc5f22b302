// What a base chain of nftables does with packets of one kind. Each base chain of a hook decides for
// itself: an accept of one does not save a packet from the drop of another.
import type { Fit } from '../traffic.ts';
import { fitOfMatch, type MarkedTraffic } from './match.ts';
import { fields, type Json, type NftChain, type NftRule, type NftTable } from './ruleset.ts';

/** `chain` and the number of the rule there, counted from 1; null for the policy. */
export interface NftFate {
  readonly kind: 'accept' | 'drop';
  readonly chain: string;
  readonly rule: number | null;
}

/** The fate of all of the packets, or null where one of them may have another. */
export function walkNft(table: NftTable, base: NftChain, traffic: MarkedTraffic): NftFate | null {
  const fate = walkChain(table, base, traffic, 0);
  if (fate === 'unknown') return null;
  return fate ?? { kind: base.policy === 'drop' ? 'drop' : 'accept', chain: base.name, rule: null };
}

/** Jumps within jumps that the kernel allows (NFT_JUMP_STACK_SIZE, nf_tables.h). */
const deepest = 16;

/** Null where the packets come to the end of the chain. */
type Walked = NftFate | 'unknown' | null;

function walkChain(
  table: NftTable,
  { name, rules }: NftChain,
  traffic: MarkedTraffic,
  depth: number,
): Walked {
  if (depth > deepest) return 'unknown';
  for (const [index, rule] of rules.entries()) {
    const { fit, verdict } = readRule(rule, traffic);
    if (fit === 'none' || verdict === null) continue;
    const [kind, target] = verdict;
    if (kind === 'return') {
      if (fit === 'all') return null;
      return 'unknown';
    }
    const led =
      kind === 'jump' || kind === 'goto'
        ? walkNamed(table, target, traffic, depth + 1)
        : ({ kind, chain: name, rule: index + 1 } as const);
    if (led === null) {
      if (kind === 'goto') return fit === 'all' ? null : 'unknown';
      continue;
    }
    if (fit === 'all' || led === 'unknown') return led;
    // Some packets end here: whether all of them end alike only the rest of the chain could tell.
    return 'unknown';
  }
  return null;
}

function walkNamed(table: NftTable, name: string, traffic: MarkedTraffic, depth: number): Walked {
  const chain = table.chains.find((each) => each.name === name);
  return chain === undefined ? 'unknown' : walkChain(table, chain, traffic, depth);
}

type Verdict = readonly ['accept' | 'drop' | 'return' | 'jump' | 'goto', string];

interface ReadRule {
  readonly fit: Fit;
  readonly verdict: Verdict | null;
}

function readRule(rule: NftRule, traffic: MarkedTraffic): ReadRule {
  let fit: Fit = 'all';
  for (const statement of rule) {
    const [[kind = '', content] = []] = Object.entries(statement);
    const verdict =
      kind === 'vmap' ? vmapVerdict(fields(content), traffic) : verdictOf(kind, content);
    if (verdict === 'unknown') return { fit: 'some', verdict: ['drop', ''] };
    if (verdict !== null) return { fit, verdict };
    const own = kind === 'match' ? fitOfMatch(fields(content), traffic) : otherFit(kind);
    if (own === 'none') return { fit: 'none', verdict: null };
    if (own === 'some') fit = 'some';
  }
  return { fit, verdict: null };
}

function verdictOf(kind: string, content: unknown): Verdict | null {
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return [kind, ''];
    case 'reject':
      return ['drop', ''];
    case 'jump':
    case 'goto':
      return [kind, String(fields(content).target)];
    default:
      return null;
  }
}

/** A map within the rule; one of the table's own may have anything in it. */
function vmapVerdict({ key, data }: Json, traffic: MarkedTraffic): Verdict | 'unknown' | null {
  const { set } = fields(data);
  if (!Array.isArray(set)) return 'unknown';
  for (const pair of set) {
    const [value, verdict] = Array.isArray(pair) ? pair : [];
    const fit = fitOfMatch({ op: '==', left: key, right: value }, traffic);
    if (fit === 'none') continue;
    const [[kind = '', content] = []] = Object.entries(fields(verdict));
    return fit === 'all' ? verdictOf(kind, content) : 'unknown';
  }
  return null;
}

/** Statements that neither match nor end anything let all packets by; `limit` and others may not. */
function otherFit(kind: string): Fit {
  return ['counter', 'log', 'mangle', 'notrack', 'comment'].includes(kind) ? 'all' : 'some';
}
