// Questions about the host that several checks ask.
import type { Mapping } from '../compile/mapping.ts';
import { flattenDispatch } from '../dispatch/flatten.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { Address } from '../net/address.ts';
import { type Family, families } from '../net/family.ts';
import { devicesTo, outsideDevices } from '../net/route.ts';
import { type Facts, type HostNetwork, known } from './facts.ts';

/** The live rules, of the families that were read, as iptables-save prints them. */
export function printedRules(facts: Facts): readonly Ruleset[] {
  return families.flatMap((family) => known(facts.rules[family]) ?? []);
}

/** The same with a list in place of each dispatch tree. */
export function liveRules(facts: Facts): readonly Ruleset[] {
  return printedRules(facts).map((printed) => {
    const list = lists.get(printed) ?? flattenDispatch(printed);
    lists.set(printed, list);
    return list;
  });
}

const lists = new WeakMap<Ruleset, Ruleset>();

export function mappingsOf({ intent }: Facts, family: Family): readonly Mapping[] {
  return intent.mappings.filter((mapping) => mapping.family === family);
}

/** The setting of a path below /proc/sys, or null when there is none or it was not read. */
export function sysctl({ sysctls }: Facts, path: string): string | null {
  return known(sysctls)?.get(path) ?? null;
}

/** A setting of an interface that holds when it is set there or for all (IN_DEV_ORCONF, inetdevice.h). */
export function isSetFor(facts: Facts, device: string, name: string): boolean {
  return ['all', device].some((each) => sysctl(facts, `net/ipv4/conf/${each}/${name}`) === '1');
}

/** The device by which packets to the address leave, or null when that is not known. */
export function deviceTo(facts: Facts, address: Address): string | null {
  const network = known(facts.network);
  if (network === null) return null;
  const cache = devices.get(network) ?? new Map<string, string | null>();
  devices.set(network, cache);
  const cached = cache.get(address.text);
  if (cached !== undefined) return cached;
  const device = devicesTo(address, network.routes)[0] ?? null;
  cache.set(address.text, device);
  return device;
}

/** Ten thousand mappings lead to far fewer addresses. */
const devices = new WeakMap<HostNetwork, Map<string, string | null>>();

/** The device by which the rest of the world is reached, or null. */
export function outsideDevice(facts: Facts, family: Family): string | null {
  const network = known(facts.network);
  return network === null ? null : (outsideDevices(network.routes, family)[0] ?? null);
}

/** Whether the address is this host's own; null when that is not known. */
export function isOwnAddress(facts: Facts, address: Address): boolean | null {
  const network = known(facts.network);
  if (network === null) return null;
  const own = ownAddresses.get(network) ?? new Set(addressesOf(network));
  ownAddresses.set(network, own);
  return own.has(address.text);
}

const ownAddresses = new WeakMap<HostNetwork, ReadonlySet<string>>();

function addressesOf({ links }: HostNetwork): readonly string[] {
  return links.flatMap(({ addresses }) => addresses.map(({ address }) => address.text));
}
