// Addresses and ports as keys: words of hexadecimal digits, of which a block is a prefix. So a level of the
// tree is a digit, and blocks are aligned whatever else there is.
import { addressValue, type Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';

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
  { letter: 's', name: 'sctp', number: '132' },
  { letter: 't', name: 'tcp', number: '6' },
  { letter: 'u', name: 'udp', number: '17' },
] as const;

const portDigits = 4;

/** @param network null for every address */
export function addressExtent(network: Network | null, family: Family): Extent {
  return network === null ? anyAddress[family] : { spans: [spanOf(network)], isElsewhere: false };
}

const anyAddress: Readonly<Record<Family, Extent>> = {
  ipv4: { spans: [wholeSpan('', addressDigits.ipv4)], isElsewhere: false },
  ipv6: { spans: [wholeSpan('', addressDigits.ipv6)], isElsewhere: false },
};

function spanOf({ family, base, prefix }: Network): Span {
  const first = addressValue(base).toString(16).padStart(addressDigits[family], '0');
  const whole = prefix >> 2;
  if (whole === first.length) return { first, last: first };
  const partly = Number.parseInt(first[whole] ?? '0', 16) | (0xf >> (prefix % 4));
  const last = `${first.slice(0, whole)}${partly.toString(16)}`;
  return { first, last: last.padEnd(first.length, 'f') };
}

/**
 * @param protocol null for every one, those without ports among them
 * @param ports as iptables-save prints them: `25,465,8000:8010`; null for all
 */
export function portExtent(protocol: string | null, ports: string | null): Extent {
  if (protocol === null) return everyPort;
  const letter = portProtocols.find(
    ({ name, number }) => name === protocol || number === protocol,
  )?.letter;
  if (letter === undefined) return { spans: [], isElsewhere: true };
  const listed = ports?.split(',').map((range) => portSpan(letter, range)) ?? [];
  const spans = listed.filter((span) => span !== null);
  const isRead = spans.length > 0 && spans.length === listed.length;
  return { spans: isRead ? spans : [wholeSpan(letter, portDigits)], isElsewhere: false };
}

const everyPort: Extent = {
  spans: portProtocols.map(({ letter }) => wholeSpan(letter, portDigits)),
  isElsewhere: true,
};

function portSpan(letter: string, range: string): Span | null {
  const ends = /^(\d+)(?::(\d+))?$/.exec(range);
  if (ends === null) return null;
  const [, first = '', last = first] = ends;
  const key = (port: string) => `${letter}${Number(port).toString(16).padStart(portDigits, '0')}`;
  return { first: key(first), last: key(last) };
}

function wholeSpan(letter: string, digits: number): Span {
  return { first: `${letter}${'0'.repeat(digits)}`, last: `${letter}${'f'.repeat(digits)}` };
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
