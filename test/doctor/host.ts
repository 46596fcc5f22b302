/**
 * The facts of a host on which everything is as it should be, and of which a test changes what it is
 * about. Its networks are those of test/support/topology.ts, and its rules have been applied.
 */
import { compile } from '../../src/compile/compile.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import { hasErrors } from '../../src/diagnostic/diagnostic.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import type { Fact, Facts, Intent } from '../../src/doctor/facts.ts';
import { parseSave } from '../../src/iptables/parse.ts';
import { printSave } from '../../src/iptables/print.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { parseAddress, parseNetwork } from '../../src/net/address.ts';
import { type Family, families } from '../../src/net/family.ts';
import type { Link, LinkKind } from '../../src/net/link.ts';
import type { Listener, Process } from '../../src/net/listener.ts';
import type { Protocol } from '../../src/net/protocol.ts';
import type { Route } from '../../src/net/route.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
import { listen } from '../listen.ts';
import { dockerSnapshot } from '../support/docker.ts';

/** What differs from the good host. */
export interface Given {
  /** The text of a rules.d file, `rules.yaml`. */
  readonly rules?: string;
  /** The snapshot's text. */
  readonly docker?: string;
  /** Templates of the user's own, by name. */
  readonly templates?: Readonly<Record<string, string>>;
  /** The rules before natmap was applied, for both families; other people's. */
  readonly before?: string;
  /** What became of iptables-save's text after natmap was applied, for both families. */
  readonly since?: (text: string) => string;
  /** The other backend's rules, for both families. */
  readonly other?: string;
  readonly links?: readonly Link[];
  readonly routes?: readonly Route[];
  /** Settings that differ; null for one that the kernel does not have. */
  readonly sysctls?: Readonly<Record<string, string | null>>;
  readonly listeners?: readonly Listener[];
  /** The rest of the facts as they are. */
  readonly facts?: Partial<Facts>;
}

/** A mapping of each kind, both families. */
export const everyKind = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25, local: true}
  - {ext_ip: "2001:db8:43::43", int_ip: "2001:db8:10::101", ports: 25}
hairpin:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25, lan_cidr: 10.0.0.0/24}
docker:
  - {container: web, ports: ["8080:80"]}
publish: [{from: published, sources: [198.51.100.0/24, "2001:db8:51::/64"]}]
masquerade: [frontend]
`;

/** A container on `br0` and its neighbour, which publishes a port, and a network besides. */
const containers = dockerSnapshot(
  [
    {
      name: 'web',
      id: 'web-id',
      networks: { frontend: { ipv4: '172.18.0.2', ipv6: '2001:db8:18::2' } },
    },
    {
      name: 'db',
      networks: { frontend: { ipv4: '172.18.0.3', ipv6: '2001:db8:18::3' } },
      published: { '5432/tcp': ['0.0.0.0:5432', '[::]:5432'] },
    },
  ],
  [
    { name: 'frontend', bridge: 'br0', subnets: ['172.18.0.0/16', '2001:db8:18::/64'] },
    { name: 'backend', bridge: 'br1', subnets: ['172.19.0.0/16'] },
  ],
);

/** Other people's rules: FORWARD is closed, and DOCKER-USER is there. */
export const closed = `*filter
:INPUT ACCEPT
:FORWARD DROP
:OUTPUT ACCEPT
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
COMMIT
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
COMMIT
`;

/** The rules `closed` with these lines in filter, where they are appended, and in nat. */
export function closedWith(filter: readonly string[], nat: readonly string[] = []): string {
  const [first = '', second = '', rest = ''] = closed.split('COMMIT\n');
  const lines = (more: readonly string[]) => more.map((line) => `${line}\n`).join('');
  return [first + lines(filter), second + lines(nat), rest].join('COMMIT\n');
}

export function factsOf(given: Given): Facts {
  const intent = intentOf(given);
  const both = (read: (family: Family) => Fact<Ruleset>) => ({
    ipv4: read('ipv4'),
    ipv6: read('ipv6'),
  });
  return {
    intent,
    rules: both((family) => value(appliedRules(intent, given, family))),
    tableFlags: { ipv4: value([]), ipv6: value([]) },
    otherRules: both((family) => value(ruleset(given.other ?? '', family))),
    nftables: value([]),
    network: value({ links: given.links ?? links, routes: given.routes ?? routes }),
    sysctls: value(settings(given.sysctls ?? {})),
    listeners: value(given.listeners ?? []),
    savedRules: value([]),
    closedPaths: { kind: 'unasked' },
    engine: { kind: 'unasked' },
    containers: { kind: 'unasked' },
    ...given.facts,
  };
}

export function value<T>(read: T): Fact<T> {
  return { kind: 'read', value: read };
}

export function unread(reason: string): Fact<never> {
  return { kind: 'unread', reason };
}

/** iptables-save text of one family. */
export function ruleset(text: string, family: Family): Ruleset {
  const parsed = parseSave(text, family);
  if (parsed.ok) return parsed.ruleset;
  throw new Error(`line ${parsed.line}: ${parsed.problem}`);
}

function intentOf({ rules = everyKind, docker = containers, templates = {} }: Given): Intent {
  const { report, diagnostics, said } = listen();
  const snapshot = readSnapshot({ name: 'docker.json', text: docker }, report);
  const source = { name: 'rules.yaml', text: rules };
  const ruleSet = loadRuleSet([source], report);
  const acceptMark = ruleSet.acceptMark?.value ?? null;
  const mappings = compile(ruleSet, snapshot, report);
  const own = Object.entries(templates).map(([name, text]) => ({ name, text }));
  const engine = createTemplates(own, report);
  const wanted = families.map((family) =>
    renderWanted(mappings, family, engine, report, acceptMark),
  );
  if (hasErrors(diagnostics)) throw new Error(said().join('\n'));
  return {
    mappings,
    wanted,
    acceptMark,
    snapshot,
    backends: { ipv4: 'nft', ipv6: 'nft' },
    commands,
  };
}

const commands: Intent['commands'] = {
  apply: ['natmap', 'apply', '--docker', 'docker.json'],
  backend: [],
  snapshot: ['natmap', 'snapshot', '-o', 'docker.json'],
  iptables: { ipv4: 'iptables', ipv6: 'ip6tables' },
};

function appliedRules(intent: Intent, { before = closed, since }: Given, family: Family): Ruleset {
  const wanted = intent.wanted.find((each) => each.family === family);
  if (wanted === undefined) throw new Error(`nothing is wanted in ${family}`);
  const { after } = makePlan(ruleset(before, family), applyGoal(wanted), intent.backends[family]);
  return since === undefined ? after : ruleset(since(printSave(after)), family);
}

const bridge = (filtered: boolean): LinkKind => ({
  kind: 'bridge',
  netfilter: { ipv4: filtered, ipv6: filtered },
});

/** A link; addresses that begin with `~` are taken from a router. */
export function link(name: string, kind: LinkKind, ...addresses: readonly string[]): Link {
  return {
    name,
    kind,
    addresses: addresses.map((text) => ({
      address: address(text.replace('~', '')),
      advertised: text.startsWith('~'),
    })),
  };
}

export function port(name: string, of: string, hairpin = true): Link {
  return link(name, { kind: 'bridge-port', bridge: of, hairpin });
}

export function route(destination: string, device: string): Route {
  const network = parseNetwork(destination);
  if (network === null) throw new Error(`${destination} is no network`);
  return { destination: network, device };
}

export function listener(
  protocol: Protocol,
  at: string,
  portNumber: number,
  process: Process | null = null,
): Listener {
  return { protocol, address: address(at), port: portNumber, process };
}

function address(text: string) {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`${text} is no address`);
  return parsed;
}

const links: readonly Link[] = [
  link('lo', { kind: 'other' }, '127.0.0.1', '::1'),
  link('vmbr0', { kind: 'other' }, '203.0.113.43', '2001:db8:43::43'),
  link('lan0', { kind: 'other' }, '10.0.0.1', '2001:db8:10::1'),
  link('br0', bridge(false), '172.18.0.1', '2001:db8:18::1'),
  port('veth1', 'br0'),
  port('veth2', 'br0'),
];

export const routes: readonly Route[] = [
  route('0.0.0.0/0', 'vmbr0'),
  route('203.0.113.0/24', 'vmbr0'),
  route('10.0.0.0/24', 'lan0'),
  route('172.18.0.0/16', 'br0'),
  route('::/0', 'vmbr0'),
  route('2001:db8:43::/64', 'vmbr0'),
  route('2001:db8:10::/64', 'lan0'),
  route('2001:db8:18::/64', 'br0'),
];

const goodSettings: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '1',
  'net/ipv6/conf/all/forwarding': '1',
  'net/bridge/bridge-nf-call-iptables': '1',
  'net/bridge/bridge-nf-call-ip6tables': '1',
  ...Object.fromEntries(
    ['all', 'lo', 'vmbr0', 'lan0', 'br0'].flatMap((device) => [
      [`net/ipv4/conf/${device}/forwarding`, '1'],
      [`net/ipv4/conf/${device}/route_localnet`, device === 'br0' ? '1' : '0'],
      [`net/ipv4/conf/${device}/rp_filter`, '0'],
      [`net/ipv6/conf/${device}/forwarding`, '1'],
      [`net/ipv6/conf/${device}/accept_ra`, '1'],
    ]),
  ),
};

function settings(changes: Readonly<Record<string, string | null>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({ ...goodSettings, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    ),
  );
}
