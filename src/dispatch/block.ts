// What blocks are called, and what tells that a packet is in one.
import { createHash } from 'node:crypto';
import { longestChainName } from '../iptables/ruleset.ts';
import { addressOf, formatNetwork } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatPorts } from '../net/ports.ts';
import { dispatchComment } from './flatten.ts';
import { addressDigits, portProtocols, type SplitDimension } from './key.ts';
import type { Block } from './split.ts';

/**
 * The name of the chain of a block: it depends on the block alone, so that no other rule renames it. Where
 * the digits are too many, a hash stands for them.
 */
export function blockChain(root: string, { destination, port, source }: Block): string {
  const digits = [
    ...(destination === '' ? [] : [`d${destination}`]),
    ...(source === '' ? [] : [`s${source}`]),
    ...(port === '' ? [] : [port]),
  ].join('-');
  return fitting(shortened.get(root) ?? root, digits);
}

/** The name of the chain of a tree that stands in a row of trees. */
export function segmentChain(root: string, number: number): string {
  return fitting(shortened.get(root) ?? root, String(number));
}

function fitting(stem: string, ending: string): string {
  const name = `${stem}-${ending}`;
  if (name.length <= longestChainName) return name;
  const hashed = `${stem}-${hash(ending)}`;
  return hashed.length <= longestChainName ? hashed : `NATMAP-${hash(name)}`;
}

/** Of 64 bits: two of a million names are alike once in 37 million rule sets. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const shortened: ReadonlyMap<string, string> = new Map([
  ['NATMAP-OUTPUT', 'NATMAP-OUT'],
  ['NATMAP-POSTROUTING', 'NATMAP-POST'],
  ['NATMAP-FORWARD', 'NATMAP-FWD'],
]);

/** The rule that sends the packets of a block to its chain, of which none comes back. */
export function dispatchRule(
  dimension: SplitDimension,
  prefix: string,
  chain: string,
  family: Family,
): string {
  return `${conditionOf(dimension, prefix, family)} -m comment --comment "${dispatchComment}" -g ${chain}`;
}

/** The rule that sends every packet to a chain, of which those come back that no rule decides on. */
export function segmentRule(chain: string): string {
  return `-m comment --comment "${dispatchComment}" -j ${chain}`;
}

function conditionOf(dimension: SplitDimension, prefix: string, family: Family): string {
  switch (dimension) {
    case 'destination':
      return `-d ${networkText(prefix, family)}`;
    case 'source':
      return `-s ${networkText(prefix, family)}`;
    case 'port':
      return portText(prefix);
  }
}

function networkText(prefix: string, family: Family): string {
  const value = BigInt(`0x${prefix.padEnd(addressDigits[family], '0')}`);
  const base = addressOf(family === 'ipv4' ? Number(value) : value);
  return formatNetwork({ family, base, prefix: prefix.length * 4 });
}

function portText(prefix: string): string {
  const name = portProtocols.find(({ letter }) => letter === prefix[0])?.name ?? '';
  const digits = prefix.slice(1);
  if (digits === '') return `-p ${name}`;
  const first = Number.parseInt(digits.padEnd(4, '0'), 16);
  const last = Number.parseInt(digits.padEnd(4, 'f'), 16);
  return `-p ${name} -m ${name} --dport ${formatPorts({ first, last }, ':')}`;
}
