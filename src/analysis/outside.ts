// A value of each of some networks or interfaces that is in none of the narrower ones.
import type { Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { interfaceCovers } from '../net/interface.ts';
import { lowerBound } from '../net/lower-bound.ts';
import { loopback, multicast } from '../netfilter/host-view.ts';
import type { Box } from '../packet/box.ts';
import {
  addressKindSet,
  addressSet,
  everyAddress,
  interfaceSet,
  oneValue,
} from '../packet/dimensions.ts';
import type { Bound } from '../packet/range-set.ts';
import { subtractRanges } from '../packet/range-set.ts';
import { type HeaderSpace, isNetwork } from './header-space.ts';

/** Gives null where the narrower values fill the value. */
type Outside<T> = (value: T) => Box | null;

export function sourceOutside(
  known: readonly HeaderSpace['source'][],
  family: Family,
): Outside<HeaderSpace['source']> {
  const taken = rangesOf(known);
  return (source) => {
    const value = firstOutside(taken, source === null ? everyAddress[family] : addressSet(source));
    return value === null ? null : { source: [value.from, value.to] };
  };
}

export function externalOutside(
  known: readonly HeaderSpace['ext'][],
  family: Family,
): Outside<HeaderSpace['ext']> {
  const networks = known.filter(isNetwork);
  const [own, groups] = [addressSet(loopback[family]), addressSet(multicast[family])];
  const taken = rangesOf(networks);
  const others = rangesOf([...networks, loopback[family], multicast[family]]);
  // Of an address of which rules ask nothing else, it does not matter whether it is this host's.
  const isTyped = known.includes('local') || known.includes('outer');
  const elsewhere = isTyped ? { destinationType: addressKindSet(['UNICAST']) } : {};
  const at = (ranges: readonly Range[], set: readonly Bound[], type: Box): Box | null => {
    const value = firstOutside(ranges, set);
    return value === null ? null : { destination: [value.from, value.to], ...type };
  };
  const outer = () =>
    at(others, everyAddress[family], { destinationType: addressKindSet(['LOCAL']) });
  return (ext) => {
    if (ext === 'outer') return outer();
    if (ext === 'local') return known.includes('outer') ? at(taken, own, {}) : outer();
    if (ext === null) return at(others, everyAddress[family], elsewhere);
    const set = addressSet(ext);
    const isFixed = [own, groups].some((fixed) => subtractRanges(set, fixed).length === 0);
    return at(taken, set, isFixed ? {} : elsewhere);
  };
}

/** @returns a name that the pattern means and no narrower one does */
export function interfaceOutside(
  pattern: string | null,
  known: readonly (string | null)[],
): string | null {
  const isNarrower = (name: string) =>
    name !== pattern && (pattern === null || interfaceCovers(pattern, name));
  const narrower = known.filter((name) => name !== null).filter(isNarrower);
  const [first] = narrower.reduce(
    (rest, name) => subtractRanges(rest, interfaceSet(name)),
    pattern === null ? ['\u0001', '\uffff'] : interfaceSet(pattern),
  );
  return first === undefined ? null : String(first);
}

interface Range {
  readonly from: Bound;
  readonly to: Bound;
}

/** By their first address; of networks with one, the widest first. */
function rangesOf(networks: readonly (Network | null)[]): readonly Range[] {
  return networks
    .flatMap((network): Range[] => {
      const [from, to] = network === null ? [] : addressSet(network);
      return from === undefined || to === undefined ? [] : [{ from, to }];
    })
    .sort((a, b) => (a.from === b.from ? compare(b.to, a.to) : compare(a.from, b.from)));
}

function compare(a: Bound, b: Bound): number {
  return a < b ? -1 : Number(a > b);
}

/** The first value of the set, one range, that is in no range within it; ranges hold each other or are apart. */
function firstOutside(ranges: readonly Range[], [start, end]: readonly Bound[]): Range | null {
  if (start === undefined || end === undefined) return null;
  let value = start;
  for (
    let index = lowerBound<Range, Bound>(ranges, start, ({ from }) => from);
    index < ranges.length;
    index++
  ) {
    const range = ranges[index];
    if (range === undefined || range.from > value) break;
    const isNarrower = range.to < end || range.from > start;
    if (range.to <= end && isNarrower && range.to > value) value = range.to;
  }
  const [from, to] = oneValue(value as number | bigint);
  return from === undefined || to === undefined || value >= end ? null : { from, to };
}
