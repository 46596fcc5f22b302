/**
 * What the packet tests share: the topology with servers on it, and rule sets applied to its host by
 * the real natmap with everything else dropped.
 */
import { existsSync } from 'node:fs';
import { beforeAll } from 'vitest';
import { dockerSnapshot } from './docker.ts';
import { load } from './iptables.ts';
import { type Family, families, type Variant } from './kernel.ts';
import { mustNatmap } from './natmap.ts';
import { addresses, createTopology, networks, type Topology } from './topology.ts';
import { serve } from './traffic.ts';
import { createWorkspace } from './workspace.ts';

/** What a rule set is written with: the addresses of one family. */
export type Places = (typeof addresses)[Family] & {
  readonly family: Family;
  readonly nets: (typeof networks)[Family];
};

/** The addresses and networks of a family. */
export function places(family: Family): Places {
  return { ...addresses[family], nets: networks[family], family };
}

/** As natmap wants an address before a port: `[2001:db8::1]`, `192.0.2.1`. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

const ports = {
  client1: ['tcp/8080'],
  server: ['tcp/25', 'udp/53', 'tcp/110', 'tcp/465', 'tcp/2525', ...range(9000, 9003)],
  container: ['tcp/80', 'udp/53', ...range(7000, 7003)],
} as const;

/** Makes the topology before the tests of this `describe`, opens the ports, removes all after. */
export function useTopology(): { current: Topology } {
  const topology = {} as { current: Topology };
  beforeAll(async () => {
    const made = await createTopology();
    topology.current = made;
    try {
      await Promise.all(
        (['client1', 'server', 'container'] as const).map((name) =>
          serve(made[name], name, ports[name]),
        ),
      );
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
    return () => made[Symbol.asyncDispose]();
  });
  return topology;
}

/** A rule set as the text of a rules.d file, and rules of the administrator's own in FORWARD. */
export interface Given {
  readonly rules: (place: Places) => string;
  readonly forward?: readonly string[];
}

/**
 * On the host: policy of FORWARD is DROP, nothing else but `forward`; then `natmap apply` of the
 * rules, written for both families.
 */
export async function applyRules(
  topology: Topology,
  variant: Variant,
  { rules, forward = [] }: Given,
): Promise<void> {
  for (const family of families) await load(topology.host, variant, family, baseRuleset(forward));
  await applyAgain(topology, variant, rules);
}

/** Another `natmap apply` on the host as it is, of rules written for both families. */
export async function applyAgain(
  topology: Topology,
  variant: Variant,
  rules: Given['rules'],
): Promise<void> {
  using files = createWorkspace({
    ...Object.fromEntries(
      families.map((family) => [`rules.d/${family}.yaml`, rules(places(family))]),
    ),
    'docker.json': dockerSnapshot([web], [frontend]),
  });
  const inputs = ['--rules', files.file('rules.d'), '--docker', files.file('docker.json')];
  await mustNatmap(topology.host, variant, ['apply', ...inputs]);
}

const web = {
  name: 'web',
  networks: { frontend: { ipv4: addresses.ipv4.container, ipv6: addresses.ipv6.container } },
};

const frontend = {
  name: 'frontend',
  bridge: 'br0',
  subnets: [networks.ipv4.docker, networks.ipv6.docker],
};

function baseRuleset(forward: readonly string[]): string {
  return `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
${forward.map((rule) => `-A FORWARD ${rule}\n`).join('')}COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
`;
}

/** Whether bridged packets pass iptables: the switch exists only with the module br_netfilter. */
export const bridgeModes: readonly BridgeMode[] = existsSync('/proc/sys/net/bridge')
  ? ['off', 'on']
  : ['off'];

/** The value of `bridge-nf-call-iptables`, or of a bridge port's hairpin mode. */
export type BridgeMode = 'off' | 'on';

/** Sets `bridge-nf-call-iptables` of the host, both families. */
export async function setBridgeNetfilter(
  { host }: Pick<Topology, 'host'>,
  mode: BridgeMode,
): Promise<void> {
  if (bridgeModes.length === 1) return;
  for (const key of ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables']) {
    await host.sysctl(`net.bridge.${key}`, mode === 'on' ? 1 : 0);
  }
}

/** Whether a bridge gives packets back through the port that they came from. */
export async function setHairpinMode(
  topology: Topology,
  port: string,
  mode: string,
): Promise<void> {
  await topology.host.ip(`link set dev ${port} type bridge_slave hairpin ${mode}`);
}

function range(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `tcp/${first + index}`);
}
