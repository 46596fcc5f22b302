// What targets do with a packet (iptables-extensions(8)): the one list of them.
import { type Address, type Network, parseAddress, parseNetwork } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import type { SavedVerdict } from './saved-rule.ts';

export type Action =
  /** The packet leaves the table here. */
  | { readonly kind: 'accept' | 'drop' | 'reject' }
  /** A program decides. */
  | { readonly kind: 'queue' }
  | { readonly kind: 'return' }
  /** The next rule is looked at. */
  | { readonly kind: 'continue' }
  /** As `continue`; conntrack does not track the packet from here on. */
  | { readonly kind: 'untrack' }
  | { readonly kind: 'translate'; readonly translation: Translation }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** Nothing is known about the target: the packet may go on, or not. */
  | { readonly kind: 'unknown' };

/** What the NAT targets write into the first packet of a connection. */
export type Translation =
  | {
      readonly kind: 'destination' | 'source';
      /** Null keeps the address. */
      readonly addresses: AddressRange | null;
      /** Null keeps the port, as far as it is free. */
      readonly ports: TranslatedPorts | null;
    }
  /** The address of the interface that the packet leaves by. */
  | { readonly kind: 'masquerade'; readonly ports: TranslatedPorts | null }
  /** The address of the interface that the packet arrived by, or loopback for this host's own. */
  | { readonly kind: 'redirect'; readonly ports: TranslatedPorts | null }
  /** The network's part of the address. */
  | { readonly kind: 'netmap'; readonly network: Network };

export interface AddressRange {
  readonly first: Address;
  readonly last: Address;
}

export interface TranslatedPorts extends PortRange {
  /** The port that becomes the first one; those behind it follow. Null: any of the range. */
  readonly base: number | null;
}

/** What the rule does with a packet that matches; `isChain` tells chains from targets. */
export function actionOf(
  verdict: SavedVerdict | null,
  family: Family,
  isChain: (name: string) => boolean,
): Action {
  if (verdict === null) return { kind: 'continue' };
  const { kind, name, options } = verdict;
  if (isChain(name)) return { kind, chain: name };
  if (kind === 'goto') return { kind: 'unknown' };
  return readers.get(name)?.(options, family) ?? fixed.get(name) ?? { kind: 'unknown' };
}

/** Targets that do the same whatever their options. */
const fixed: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['ACCEPT', { kind: 'accept' }],
  ['DROP', { kind: 'drop' }],
  ['REJECT', { kind: 'reject' }],
  ['QUEUE', { kind: 'queue' }],
  ['NFQUEUE', { kind: 'queue' }],
  ['RETURN', { kind: 'return' }],
  ['NOTRACK', { kind: 'untrack' }],
  ...[
    ...['LOG', 'NFLOG', 'ULOG', 'AUDIT', 'TRACE', 'MARK', 'CONNMARK', 'CONNSECMARK', 'SECMARK'],
    ...['CLASSIFY', 'DSCP', 'TOS', 'ECN', 'TCPMSS', 'TCPOPTSTRIP', 'TTL', 'HL', 'SET', 'RATEEST'],
    ...['IDLETIMER', 'LED', 'CHECKSUM', 'TEE', 'HMARK'],
  ].map((name): [string, Action] => [name, { kind: 'continue' }]),
]);

type Reader = (options: readonly string[], family: Family) => Action | null;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['CT', readTracking],
  [
    'DNAT',
    (options, family) => readTranslation('destination', '--to-destination', options, family),
  ],
  ['SNAT', (options, family) => readTranslation('source', '--to-source', options, family)],
  ['MASQUERADE', (options) => readToPorts('masquerade', options)],
  ['REDIRECT', (options) => readToPorts('redirect', options)],
  ['NETMAP', readNetmap],
]);

/** A zone makes another connection table, which the model does not hold. */
function readTracking(options: readonly string[]): Action | null {
  if (options.includes('--notrack')) return { kind: 'untrack' };
  return options.some((word) => word.startsWith('--zone')) ? null : { kind: 'continue' };
}

function readTranslation(
  kind: 'destination' | 'source',
  option: string,
  options: readonly string[],
  family: Family,
): Action | null {
  const text = wordAfter(option, options);
  const match = /^(?:\[([^\]]*)\]|([^:]*)|([^[\]]*))(?::([\d/-]+))?$/.exec(text ?? '');
  if (text === null || match === null) return null;
  const isWhole = family === 'ipv6' && !text.includes('[') && !/^:\d/.test(text);
  const addressText = isWhole ? text : (match[1] ?? match[2] ?? match[3] ?? '');
  const addresses = addressText === '' ? null : readAddresses(addressText, family);
  const portText = isWhole ? undefined : match[4];
  const ports = portText === undefined ? null : readPorts(portText);
  if (addresses === undefined || ports === undefined) return null;
  return { kind: 'translate', translation: { kind, addresses, ports } };
}

function readToPorts(kind: 'masquerade' | 'redirect', options: readonly string[]): Action | null {
  const text = wordAfter('--to-ports', options);
  const ports = text === null ? null : readPorts(text);
  return ports === undefined ? null : { kind: 'translate', translation: { kind, ports } };
}

function readNetmap(options: readonly string[], family: Family): Action | null {
  const network = parseNetwork(wordAfter('--to', options) ?? '');
  if (network?.family !== family) return null;
  return { kind: 'translate', translation: { kind: 'netmap', network } };
}

function wordAfter(option: string, options: readonly string[]): string | null {
  const at = options.indexOf(option);
  return at < 0 ? null : (options[at + 1] ?? null);
}

function readAddresses(text: string, family: Family): AddressRange | undefined {
  const [low = '', high = low] = text.split('-');
  const [first, last] = [parseAddress(low), parseAddress(high)];
  return first?.family === family && last?.family === family ? { first, last } : undefined;
}

/** `PORT[-PORT[/BASE]]` */
function readPorts(text: string): TranslatedPorts | undefined {
  const match = /^(\d+)(?:-(\d+)(?:\/(\d+))?)?$/.exec(text);
  if (match === null) return undefined;
  const [, first, last = first, base] = match;
  return {
    first: Number(first),
    last: Number(last),
    base: base === undefined ? null : Number(base),
  };
}
