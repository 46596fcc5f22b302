// Addresses and networks: parsed once, canonical ever after.
//
// `node:net` judges what an address is. Other libraries read `010.0.0.1` as octal, as iptables does;
// a reviewer would read it as 10.0.0.1, so it is no address here (inet_aton(3) against RFC 6943 3.1.1).
import { isIP, SocketAddress } from 'node:net';
import { addressBits, type Family } from './family.ts';

/** One host address. `text` is what iptables-save prints: RFC 5952, IPv4-mapped ones dotted. */
export interface Address {
  readonly family: Family;
  readonly text: string;
}

/** A network; `base` has its host bits cleared and `prefix` is 0 to the bits of the family. */
export interface Network {
  readonly family: Family;
  readonly base: Address;
  readonly prefix: number;
}

/** @returns the address, or null when `text` is not one (host names, zones and octal forms are not) */
export function parseAddress(text: string): Address | null {
  switch (isIP(text)) {
    case 4:
      return { family: 'ipv4', text };
    case 6:
      return text.includes('%') ? null : { family: 'ipv6', text: canonical6(text) };
    default:
      return null;
  }
}

/**
 * Reads `ADDRESS`, `ADDRESS/PREFIX` or, for IPv4, `ADDRESS/NETMASK` with a contiguous mask.
 *
 * @returns the network with host bits cleared, as the kernel keeps it, or null
 */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const prefix =
    slash < 0 ? addressBits[address.family] : parsePrefix(text.slice(slash + 1), address.family);
  return prefix === null ? null : networkOf(address, prefix);
}

/** The network of `prefix` bits that `address` lies in. */
export function networkOf(address: Address, prefix: number): Network {
  const { family } = address;
  if (prefix === addressBits[family]) return { family, base: address, prefix };
  const width = groupBits[family];
  const masked = groups(address).map(
    (group, index) => group & groupMask(prefix - index * width, width),
  );
  return { family, base: fromGroups(masked, family), prefix };
}

/** The network of this address alone. */
export function hostNetwork(address: Address): Network {
  return networkOf(address, addressBits[address.family]);
}

/** The networks of these prefix lengths that hold `network`, itself left out. */
export function widerNetworks(network: Network, prefixes: readonly number[]): Network[] {
  return prefixes
    .filter((prefix) => prefix < network.prefix)
    .map((prefix) => networkOf(network.base, prefix));
}

/** The network as iptables-save prints it: the prefix always there. */
export function formatNetwork(network: Network): string {
  return `${network.base.text}/${network.prefix}`;
}

/** The network as people write it: a host without its prefix. */
export function formatNetworkShort(network: Network): string {
  return isHost(network) ? network.base.text : formatNetwork(network);
}

function isHost(network: Network): boolean {
  return network.prefix === addressBits[network.family];
}

/** The address before a port or ports: in brackets when it has colons of its own (RFC 3986). */
export function withPort({ family, text }: Address, port: string): string {
  return family === 'ipv6' ? `[${text}]:${port}` : `${text}:${port}`;
}

/** The addresses that stand for every address of their family. */
export const unspecified: Readonly<Record<Family, Address>> = {
  ipv4: { family: 'ipv4', text: '0.0.0.0' },
  ipv6: { family: 'ipv6', text: '::' },
};

export function isUnspecified({ family, text }: Address): boolean {
  return text === unspecified[family].text;
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(address: Address): boolean {
  return address.family === 'ipv4' ? address.text.startsWith('127.') : address.text === '::1';
}

/** Whether some address lies in both networks. */
export function networksOverlap(a: Network, b: Network): boolean {
  if (a.family !== b.family) return false;
  const prefix = Math.min(a.prefix, b.prefix);
  return networkOf(a.base, prefix).base.text === networkOf(b.base, prefix).base.text;
}

/** Whether every address of `inner` lies in `outer`. */
export function networkContains(outer: Network, inner: Network): boolean {
  return outer.prefix <= inner.prefix && networksOverlap(outer, inner);
}

/** The address as one number, of which IPv6 needs more bits than a `number` holds exactly. */
export function addressValue(address: Address): number | bigint {
  if (address.family === 'ipv4') return groups(address).reduce((sum, part) => sum * 256 + part, 0);
  return groups(address).reduce((sum, part) => (sum << 16n) | BigInt(part), 0n);
}

/** The inverse of {@link addressValue}: a `bigint` is of IPv6. */
export function addressOf(value: number | bigint): Address {
  if (typeof value === 'number') {
    return fromGroups(
      [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256),
      'ipv4',
    );
  }
  const bits = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n];
  return fromGroups(
    bits.map((shift) => Number((value >> shift) & 0xffffn)),
    'ipv6',
  );
}

function parsePrefix(text: string, family: Family): number | null {
  if (/^(0|[1-9][0-9]{0,2})$/.test(text)) {
    const prefix = Number(text);
    return prefix <= addressBits[family] ? prefix : null;
  }
  return family === 'ipv4' ? netmaskPrefix(text) : null;
}

function netmaskPrefix(text: string): number | null {
  const mask = parseAddress(text);
  if (mask?.family !== 'ipv4') return null;
  const bits = groups(mask)
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : null;
}

const groupBits: Readonly<Record<Family, number>> = { ipv4: 8, ipv6: 16 };

/** The mask of one group of which the first `bits` bits (any number, clamped) are kept. */
function groupMask(bits: number, width: number): number {
  const kept = Math.max(0, Math.min(width, bits));
  return ((1 << width) - 1) & ~((1 << (width - kept)) - 1);
}

/** Four octets, or eight groups of 16 bits. */
function groups(address: Address): number[] {
  if (address.family === 'ipv4') return address.text.split('.').map(Number);
  const [head = '', tail] = address.text.split('::');
  const first = hexGroups(head);
  if (tail === undefined) return first;
  const last = hexGroups(tail);
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function hexGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function fromGroups(parts: readonly number[], family: Family): Address {
  if (family === 'ipv4') return { family, text: parts.join('.') };
  return { family, text: canonical6(parts.map((part) => part.toString(16)).join(':')) };
}

/** inet_ntop(3), which iptables-save prints with and SocketAddress is built on. */
function canonical6(text: string): string {
  return new SocketAddress({ address: text, family: 'ipv6' }).address;
}
