// Mappings that claim the same connections and lead them to different places are errors.
import type { Report } from '../diagnostic/diagnostic.ts';
import { withPort } from '../net/address.ts';
import { formatPorts } from '../net/ports.ts';
import { areLocal, speaksForItself } from './claims.ts';
import { groupBy } from './group.ts';
import {
  type ForwardMapping,
  isForward,
  type Mapping,
  type SnatMapping,
  writtenKey,
} from './mapping.ts';
import { type Meeting, meetings, mostMet } from './meetings.ts';

export function reportConflicts(mappings: readonly Mapping[], report: Report): void {
  reportSnatConflicts(
    mappings.filter((mapping) => mapping.kind === 'snat'),
    report,
  );
  const forwards = mappings.filter(isForward).filter(speaksForItself);
  const met = meetings(forwards);
  const areAll = met.every(({ others }) => others.length < mostMet);
  const byPlace = groupBy(pairsOf(met, forwards), ({ second }) => writtenKey(second));
  for (const pairs of byPlace.values()) reportPairs(pairs, areAll, report);
}

/** Conflicts that are told of one mapping; the others are counted. */
const mostTold = 10;

/** Two mappings that were written at different places, in the order of their rules. */
interface Pair {
  readonly first: ForwardMapping;
  readonly second: ForwardMapping;
}

/** Each pair of places once: one place can give mappings of several protocols and families. */
function pairsOf(met: readonly Meeting[], forwards: readonly ForwardMapping[]): Pair[] {
  const order = new Map(forwards.map((mapping, index) => [mapping, index]));
  const byOrder = (a: ForwardMapping, b: ForwardMapping) =>
    (order.get(a) ?? 0) - (order.get(b) ?? 0);
  const pairs = met.flatMap(({ mapping, others }) =>
    [...others].sort(byOrder).map((other): Pair => {
      const isFirst = byOrder(mapping, other) < 0;
      return isFirst ? { first: mapping, second: other } : { first: other, second: mapping };
    }),
  );
  const keyOf = ({ first, second }: Pair) => `${writtenKey(first)} ${writtenKey(second)}`;
  return [...groupBy(pairs, keyOf).values()].flatMap(([pair]) => pair ?? []);
}

/** @param areAll whether no others were left out of those of the place */
function reportPairs(pairs: readonly Pair[], areAll: boolean, report: Report): void {
  for (const pair of pairs.slice(0, mostTold)) reportConflict(pair, report);
  const [next, ...others] = pairs.slice(mostTold);
  if (next === undefined) return;
  const count = `${areAll ? '' : 'at least '}${1 + others.length}`;
  report({
    code: 'conflict',
    severity: 'error',
    message: `${external(next.second)} leads elsewhere by other mappings too: ${count} more`,
    at: next.second.at,
    hint: 'mend those that are told, and natmap tells the others',
  });
}

function reportConflict({ first, second }: Pair, report: Report): void {
  report({
    code: 'conflict',
    severity: 'error',
    message: `${external(second)} leads to ${internal(second)} here and to ${internal(first)} elsewhere`,
    at: second.at,
    hint: areLocal(first, second)
      ? 'one of the two has to go or take other ports, or be without local and take other sources or interfaces'
      : 'one of the two has to go, or take other ports, sources or interfaces',
    related: [{ message: `the mapping to ${internal(first)}`, at: first.at }],
  });
}

function reportSnatConflicts(mappings: readonly SnatMapping[], report: Report): void {
  const key = ({ int, extIf }: SnatMapping) => `${int.base.text}/${int.prefix} ${extIf}`;
  for (const [first, ...others] of groupBy(mappings, key).values()) {
    for (const other of others) {
      if (first === undefined || first.ext?.text === other.ext?.text) continue;
      report({
        code: 'conflict',
        severity: 'error',
        message: `${key(other).replace(' ', ' on ')} leaves as ${outside(other)} here and as ${outside(first)} elsewhere`,
        at: other.origin.at,
        related: [{ message: `the entry with ${outside(first)}`, at: first.origin.at }],
      });
    }
  }
}

function outside({ ext }: SnatMapping): string {
  return ext?.text ?? 'MASQUERADE';
}

/** `203.0.113.43:25/tcp`, in the way Docker writes it. */
export function external({ ext, ports, protocol }: ForwardMapping): string {
  const port = `${formatPorts(ports, '-')}/${protocol}`;
  return ext === null ? `*:${port}` : withPort(ext, port);
}

function internal(mapping: ForwardMapping): string {
  const { int, intPorts } = mapping;
  const target = withPort(int, formatPorts(intPorts, '-'));
  if (mapping.kind !== 'docker') return target;
  if (mapping.share !== null) return `${target} and ${mapping.share.targets.length - 1} more`;
  return mapping.origin.kind === 'publish' ? `${target} (container ${mapping.service})` : target;
}
