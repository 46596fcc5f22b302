// What the way of a packet depends on beside the rules: the host's interfaces, addresses and routes.
import {
  type Address,
  addressValue,
  hostNetwork,
  type Network,
  networkContains,
  networkOf,
} from '../net/address.ts';
import { addressBits, type Family } from '../net/family.ts';
import type { Link } from '../net/link.ts';
import type { Route } from '../net/route.ts';
import {
  type AddressKind,
  addressSet,
  everyAddress,
  interfaceSet,
  oneValue,
} from '../packet/dimensions.ts';
import { type RangeSet, subtractRanges, unionRanges } from '../packet/range-set.ts';

export interface HostView {
  readonly family: Family;
  readonly links: readonly Link[];
  /** Of the main table. */
  readonly routes: readonly Route[];
  /** Whether packets for others are sent on: `ip_forward`, or `forwarding` of IPv6. */
  readonly forwards: boolean;
  /** Whether loopback addresses are routed as others are: `route_localnet`. */
  readonly routesLocalnet: boolean;
}

/** Destinations, and the interfaces by which packets for them leave: none where there is no route. */
export interface Way {
  readonly destinations: RangeSet;
  readonly devices: readonly string[];
}

export const loopbackDevice = 'lo';

/** Of each kind, the addresses: of none more than one kind (but see the match addrtype for IPv6). */
export function addressesByKind({
  family,
  links,
  routes,
}: Pick<HostView, 'family' | 'links' | 'routes'>): Record<AddressKind, RangeSet> {
  const own = links.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const local = unionOf([
    addressSet(loopback[family]),
    ...own.filter((address) => address.family === family).map(single),
  ]);
  const groups = addressSet(multicast[family]);
  const broadcast = family === 'ipv4' ? subtractRanges(broadcasts(own, routes), local) : [];
  const others = unionOf([local, groups, broadcast, ...(family === 'ipv6' ? [[0n, 1n]] : [])]);
  return {
    LOCAL: local,
    MULTICAST: groups,
    BROADCAST: broadcast,
    UNICAST: subtractRanges(everyAddress[family], others),
    OTHER: [],
  };
}

/** All destinations, by the most specific route to them. */
export function waysOf({ family, routes }: HostView): Way[] {
  const byNetwork = new Map<string, { network: Network; devices: string[] }>();
  for (const { destination: network, device } of routes) {
    if (network.family !== family) continue;
    const key = `${network.base.text}/${network.prefix}`;
    const known = byNetwork.get(key) ?? { network, devices: [] };
    byNetwork.set(key, { network, devices: [...known.devices, device] });
  }
  let open: RangeSet = everyAddress[family];
  const ways: Way[] = [];
  const narrowFirst = [...byNetwork.values()].sort((a, b) => b.network.prefix - a.network.prefix);
  for (const { network, devices } of narrowFirst) {
    const taken = addressSet(network);
    const destinations = subtractRanges(taken, subtractRanges(taken, open));
    if (destinations.length > 0) ways.push({ destinations, devices });
    open = subtractRanges(open, taken);
  }
  return open.length === 0 ? ways : [...ways, { destinations: open, devices: [] }];
}

/**
 * The addresses of which the kernel takes one for packets that leave by the interface (MASQUERADE:
 * inet_select_addr, ipv6_dev_get_saddr). Of addresses of one network, it takes the first in IPv4.
 */
export function sourceAddresses(host: HostView, device: string): RangeSet {
  const found = usable(host, device);
  if (host.family === 'ipv6') return unionOf(found.map(single));
  const [first] = found;
  const networks = host.routes.filter(
    (route) => route.device === device && route.destination.prefix < addressBits.ipv4 - 1,
  );
  const shared = networks.find(({ destination }) =>
    found.every((address) => networkContains(destination, hostNetwork(address))),
  );
  const isConnected = shared !== undefined && shared.destination.prefix > 0;
  return first !== undefined && isConnected ? single(first) : unionOf(found.map(single));
}

/** The addresses of which REDIRECT takes one (nf_nat_redirect.c): in IPv4 the interface's first. */
export function redirectAddresses(host: HostView, device: string): RangeSet {
  const found = usable(host, device);
  const [first] = found;
  if (host.family === 'ipv4' && first !== undefined) return single(first);
  return unionOf(found.map(single));
}

export const loopbackAddress: Readonly<Record<Family, Address>> = {
  ipv4: { family: 'ipv4', text: '127.0.0.1' },
  ipv6: { family: 'ipv6', text: '::1' },
};

export const loopback: Readonly<Record<Family, Network>> = {
  ipv4: networkOf({ family: 'ipv4', text: '127.0.0.0' }, 8),
  ipv6: networkOf(loopbackAddress.ipv6, 128),
};

export function devicesSet(devices: readonly string[]): RangeSet {
  return unionOf(devices.map(interfaceSet));
}

export const multicast: Readonly<Record<Family, Network>> = {
  ipv4: networkOf({ family: 'ipv4', text: '224.0.0.0' }, 4),
  ipv6: networkOf({ family: 'ipv6', text: 'ff00::' }, 8),
};

const linkLocal = networkOf({ family: 'ipv6', text: 'fe80::' }, 10);

function usable({ family, links }: HostView, device: string): Address[] {
  const link = links.find(({ name }) => name === device);
  const own = (link?.addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => address.family === family);
  const global = own.filter((address) => !networkContains(linkLocal, hostNetwork(address)));
  return global.length > 0 ? global : own;
}

/** 255.255.255.255, 0.0.0.0/8, and the last address of each network that an address is of. */
function broadcasts(own: readonly Address[], routes: readonly Route[]): RangeSet {
  const networks = routes
    .map(({ destination }) => destination)
    .filter(
      (network) =>
        network.family === 'ipv4' &&
        network.prefix > 0 &&
        network.prefix < addressBits.ipv4 - 1 &&
        own.some((address) => networkContains(network, hostNetwork(address))),
    );
  const last = networks.map((network) => {
    const end = Number(addressSet(network)[1]);
    return [end - 1, end];
  });
  const always = [
    addressSet(networkOf({ family: 'ipv4', text: '0.0.0.0' }, 8)),
    [2 ** 32 - 1, 2 ** 32],
  ];
  return unionOf([...always, ...last]);
}

function single(address: Address): RangeSet {
  return oneValue(addressValue(address));
}

function unionOf(sets: readonly RangeSet[]): RangeSet {
  return sets.reduce(unionRanges, []);
}
