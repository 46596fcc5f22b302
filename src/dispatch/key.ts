// Addresses and ports as keys: words of hexadecimal digits, of which a block is a prefix. So a level of the
// tree is a digit, and blocks are aligned whatever else there is.

import type { Family } from '../net/family.ts';
import type { Box } from '../packet/box.ts';
import { everyAddress, everyPort } from '../packet/dimensions.ts';
import { type Bound, closedRanges, type RangeSet, rangesContain } from '../packet/range-set.ts';

/** What chains are split by, in this order. A port comes with its protocol. */
export const splitDimensions = ['destination', 'port', 'source'] as const;

export type SplitDimension = (typeof splitDimensions)[number];

/** From `first` to `last`, both included, of one length. */
export interface Span {
  readonly first: string;
  readonly last: string;
}

/** The values of one dimension that a rule matches, at most. */
export interface Extent {
  readonly spans: readonly Span[];
  /** Whether it matches packets that have no key: of protocols without ports. */
  readonly isElsewhere: boolean;
}

export const addressDigits: Readonly<Record<Family, number>> = { ipv4: 8, ipv6: 32 };

/** Protocols with ports, by the letter that stands for each in a key. */
export const portProtocols = [
  { letter: 's', name: 'sctp', number: 132 },
  { letter: 't', name: 'tcp', number: 6 },
  { letter: 'u', name: 'udp', number: 17 },
] as const;

const portDigits = 4;

export function extentOf(boxes: readonly Box[], dimension: SplitDimension, family: Family): Extent {
  if (dimension === 'port') return portExtent(boxes);
  if (boxes.some((box) => box[dimension] === undefined)) return anyAddress[family];
  return {
    spans: boxes.flatMap((box) => spansOf(box[dimension] ?? [], addressDigits[family])),
    isElsewhere: false,
  };
}

const anyAddress: Readonly<Record<Family, Extent>> = {
  ipv4: { spans: spansOf(everyAddress.ipv4, addressDigits.ipv4), isElsewhere: false },
  ipv6: { spans: spansOf(everyAddress.ipv6, addressDigits.ipv6), isElsewhere: false },
};

function portExtent(boxes: readonly Box[]): Extent {
  const spans = boxes.flatMap(({ protocol, destinationPort = everyPort }) =>
    portProtocols
      .filter(({ number }) => protocol === undefined || rangesContain(protocol, number))
      .flatMap(({ letter }) =>
        spansOf(destinationPort, portDigits).map(({ first, last }) => ({
          first: `${letter}${first}`,
          last: `${letter}${last}`,
        })),
      ),
  );
  return { spans, isElsewhere: boxes.some(({ protocol }) => !isOfPorts(protocol)) };
}

function isOfPorts(protocol: RangeSet | undefined): boolean {
  const numbers: readonly number[] = portProtocols.map(({ number }) => number);
  return (
    protocol !== undefined &&
    closedRanges(protocol).every(({ first, last }) => first === last && numbers.includes(first))
  );
}

function spansOf(set: RangeSet, digits: number): Span[] {
  const spans: Span[] = [];
  for (let index = 0; index < set.length; index += 2) {
    const [from, to] = [set[index], set[index + 1]];
    if (from === undefined || to === undefined) continue;
    const [first, end] = [digitsOf(from, digits), before(to)];
    // Most rules name one address and one port.
    spans.push({ first, last: end === from ? first : digitsOf(end, digits) });
  }
  return spans;
}

function digitsOf(value: Bound, digits: number): string {
  return typeof value === 'string' ? value : value.toString(16).padStart(digits, '0');
}

function before(value: Bound): Bound {
  if (typeof value === 'number') return value - 1;
  return typeof value === 'bigint' ? value - 1n : value;
}

/** The part of the span in the block of the prefix, or null. */
export function clipSpan({ first, last }: Span, prefix: string): Span | null {
  const [low, high] = [first.slice(0, prefix.length), last.slice(0, prefix.length)];
  if (low > prefix || high < prefix) return null;
  if (low === prefix && high === prefix) return { first, last };
  const rest = first.length - prefix.length;
  return {
    first: low === prefix ? first : `${prefix}${'0'.repeat(rest)}`,
    last: high === prefix ? last : `${prefix}${'f'.repeat(rest)}`,
  };
}

/** The digits that two keys begin with alike. */
export function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
