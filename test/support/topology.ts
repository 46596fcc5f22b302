/**
 * The hosts that packets travel between. All meet in `host`, which is natmap's:
 *
 *     client1 ─┐                     ┌─ server     (LAN: lan0)
 *              ├─ vmbr0 ─ host ──────┤
 *     client2 ─┘                     ├─ lanclient
 *     (outside, two networks)        ├─ container  (Docker: br0)
 *                                    └─ neighbour
 */
import type { Family } from './kernel.ts';
import { createNamespace, type Namespace } from './namespace.ts';

/** Every address, by family; those of `host` are its two outer ones and its ends of the bridges. */
export const addresses = {
  ipv4: {
    client1: '198.51.100.10',
    client2: '192.0.2.20',
    host: '203.0.113.43',
    second: '203.0.113.44',
    lan: '10.0.0.1',
    server: '10.0.0.101',
    lanclient: '10.0.0.50',
    docker: '172.18.0.1',
    container: '172.18.0.2',
    neighbour: '172.18.0.3',
  },
  ipv6: {
    client1: '2001:db8:51::10',
    client2: '2001:db8:52::20',
    host: '2001:db8:43::43',
    second: '2001:db8:43::44',
    lan: '2001:db8:10::1',
    server: '2001:db8:10::101',
    lanclient: '2001:db8:10::50',
    docker: '2001:db8:18::1',
    container: '2001:db8:18::2',
    neighbour: '2001:db8:18::3',
  },
} as const;

/** The networks that rules name, by family. */
export const networks = {
  ipv4: { client1: '198.51.100.0/24', lan: '10.0.0.0/24', docker: '172.18.0.0/16' },
  ipv6: { client1: '2001:db8:51::/64', lan: '2001:db8:10::/64', docker: '2001:db8:18::/64' },
} as const;

const peers = {
  client1: { bridge: 'vmbr0', gateway: 'host' },
  client2: { bridge: 'vmbr0', gateway: 'host' },
  server: { bridge: 'lan0', gateway: 'lan' },
  lanclient: { bridge: 'lan0', gateway: 'lan' },
  container: { bridge: 'br0', gateway: 'docker' },
  neighbour: { bridge: 'br0', gateway: 'docker' },
} as const;

type PeerName = keyof typeof peers;
const peerNames = Object.keys(peers) as PeerName[];

/** A namespace for each host that was asked for, and for `host`. */
export type Hosts<Name extends PeerName> = Readonly<Record<Name | 'host', Namespace>> &
  AsyncDisposable;

/** All of them. */
export type Topology = Hosts<PeerName>;

/** Makes the hosts, their links, addresses and routes, and lets `host` forward. */
export function createTopology(): Promise<Topology> {
  return createHosts(peerNames);
}

/** Makes `host` and these of its peers, with the bridges that they are on. */
export async function createHosts<Name extends PeerName>(
  names: readonly Name[],
): Promise<Hosts<Name>> {
  const made: Namespace[] = [];
  const make = async () => {
    const namespace = await createNamespace();
    made.push(namespace);
    return namespace;
  };
  const dispose = async () => {
    for (const namespace of made) await namespace[Symbol.asyncDispose]();
  };
  try {
    const host = await make();
    const hosts = { host } as Record<Name | 'host', Namespace>;
    for (const name of names) hosts[name] = await make();
    await setUpHost(hosts, names);
    await Promise.all(names.map((name) => setUpPeer(hosts[name], name)));
    return { ...hosts, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function setUpHost<Name extends PeerName>(
  hosts: Readonly<Record<Name | 'host', Namespace>>,
  names: readonly Name[],
): Promise<void> {
  const { host } = hosts;
  const used = [...new Set(names.map((name) => peers[name].bridge))];
  await host.ip(
    ...used.flatMap((bridge) => [
      `link add ${bridge} type bridge forward_delay 0 mcast_snooping 0`,
      `link set ${bridge} up`,
    ]),
    ...names.flatMap((name) => [
      `link add ${name} type veth peer name eth0 netns ${hosts[name].name}`,
      `link set ${name} master ${peers[name].bridge} up`,
    ]),
    ...used.flatMap((bridge) => [
      ...hostAddresses[bridge]('ipv4'),
      ...hostAddresses[bridge]('ipv6'),
    ]),
  );
  await host.sysctl('net.ipv4.ip_forward', 1);
  await host.sysctl('net.ipv6.conf.all.forwarding', 1);
  await host.sysctl('net.ipv4.conf.all.route_localnet', 0);
  for (const bridge of used) await host.sysctl(`net.ipv4.conf.${bridge}.route_localnet`, 0);
}

/** The addresses of `host` on each bridge, and its routes there. */
const hostAddresses = {
  vmbr0: (family: Family) => {
    const own = addresses[family];
    const bits = family === 'ipv4' ? 24 : 64;
    return [
      `addr add ${own.host}/${bits} dev vmbr0${nodad(family)}`,
      // Deprecated, so that it is the source of a packet only where a rule says so.
      `addr add ${own.second}/${bits} dev vmbr0${nodad(family)} preferred_lft 0`,
      // The two clients stand for the whole internet; no router of their own is needed for that.
      `route add ${own.client1} dev vmbr0`,
      `route add ${own.client2} dev vmbr0`,
    ];
  },
  lan0: (family: Family) => [
    `addr add ${addresses[family].lan}/${family === 'ipv4' ? 24 : 64} dev lan0${nodad(family)}`,
  ],
  br0: (family: Family) => [
    `addr add ${addresses[family].docker}/${family === 'ipv4' ? 16 : 64} dev br0${nodad(family)}`,
  ],
} as const;

async function setUpPeer(ns: Namespace, name: PeerName): Promise<void> {
  await ns.ip(
    'link set eth0 up',
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => {
      const gateway = addresses[family][peers[name].gateway];
      const bits = peerBits(family, name);
      return [
        `addr add ${addresses[family][name]}/${bits} dev eth0${nodad(family)}`,
        `route replace ${gateway} dev eth0`,
        `route add default via ${gateway} dev eth0`,
      ];
    }),
  );
}

function peerBits(family: Family, name: PeerName): number {
  if (family === 'ipv6') return 64;
  return peers[name].bridge === 'br0' ? 16 : 24;
}

/** Duplicate address detection would keep the address from use for a second. */
function nodad(family: Family): string {
  return family === 'ipv6' ? ' nodad' : '';
}
