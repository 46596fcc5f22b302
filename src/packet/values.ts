// Sets of addresses and interfaces as the networks and names that people write.
import { addressOf, type Network } from '../net/address.ts';
import { addressBits, type Family } from '../net/family.ts';
import { everyAddress, everyInterface, interfaceSet } from './dimensions.ts';
import { type RangeSet, subtractRanges } from './range-set.ts';

/**
 * The fewest networks, or every address and the networks that are left out of them, where those are
 * fewer: `! -s 10.0.0.0/8` gives `10.0.0.0/8` and null. What is in the set is distinguished by them.
 */
export function dividingNetworks(set: RangeSet, family: Family): readonly (Network | null)[] {
  const inside = networksOf(set, family);
  if (inside.length < 2) return inside.map((network) => (network.prefix === 0 ? null : network));
  const outside = networksOf(subtractRanges(everyAddress[family], set), family);
  return outside.length < inside.length ? [null, ...outside] : inside;
}

/** The same of interface names; a name may end in the wildcard `+`. */
export function dividingInterfaces(set: RangeSet): readonly (string | null)[] {
  const inside = patternsOf(set);
  if (inside !== null) return inside.map((name) => (name === '+' ? null : name));
  return [null, ...(patternsOf(subtractRanges(everyInterface, set)) ?? [])];
}

function networksOf(set: RangeSet, family: Family): Network[] {
  const networks: Network[] = [];
  for (let index = 0; index < set.length; index += 2) {
    const [from, to] = [set[index], set[index + 1]];
    if (typeof from === 'number' && typeof to === 'number') addNetworks(from, to, networks);
    else if (typeof from === 'bigint' && typeof to === 'bigint') addNetworks6(from, to, networks);
  }
  return networks.map((network) => ({ ...network, family }));
}

function addNetworks(from: number, to: number, networks: Network[]): void {
  for (let start = from; start < to; ) {
    let [size, prefix] = [1, addressBits.ipv4];
    while (start % (size * 2) === 0 && start + size * 2 <= to)
      [size, prefix] = [size * 2, prefix - 1];
    networks.push({ family: 'ipv4', base: addressOf(start), prefix });
    start += size;
  }
}

function addNetworks6(from: bigint, to: bigint, networks: Network[]): void {
  for (let start = from; start < to; ) {
    let [size, prefix] = [1n, addressBits.ipv6];
    while (start % (size * 2n) === 0n && start + size * 2n <= to) {
      [size, prefix] = [size * 2n, prefix - 1];
    }
    networks.push({ family: 'ipv6', base: addressOf(start), prefix });
    start += size;
  }
}

/** @returns null where the set is not that of some names */
function patternsOf(set: RangeSet): string[] | null {
  const patterns: string[] = [];
  for (let index = 0; index < set.length; index += 2) {
    const [from, to] = [String(set[index]), String(set[index + 1])];
    if (to === `${from}\0`) patterns.push(from);
    else if (interfaceSet(`${from}+`)[1] === to) patterns.push(`${from}+`);
    else return null;
  }
  return patterns;
}
