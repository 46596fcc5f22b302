/**
 * Client, host and server in namespaces, with an agent in each that sends and receives packets: what
 * became of many flows under many rulesets, in one topology.
 *
 *     client (wan) ── wan0 host lan0 ── server
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseAddress, parseNetwork } from '../../src/net/address.ts';
import type { HostView } from '../../src/netfilter/host-view.ts';
import type { Family } from './kernel.ts';
import { createNamespace, type Namespace } from './namespace.ts';

export const places = ['client', 'host', 'server'] as const;
export type Place = (typeof places)[number];

/** The addresses of each place; `second` is on the host's loopback interface. */
export const labAddresses = {
  ipv4: {
    client: ['198.51.100.10', '198.51.100.11'],
    host: ['203.0.113.43', '203.0.113.44', '10.0.0.1', '127.0.0.1'],
    server: ['10.0.0.101', '10.0.0.102'],
  },
  ipv6: {
    client: ['2001:db8:51::10', '2001:db8:51::11'],
    host: ['2001:db8:43::43', '2001:db8:43::44', '2001:db8:10::1', '::1'],
    server: ['2001:db8:10::101', '2001:db8:10::102'],
  },
} as const;

/** Open everywhere, tcp and udp. */
export const labPorts = [53, 80, 81, 443, 8000, 8001, 8002, 8003] as const;

const agent = fileURLToPath(new URL('packet-agent.mjs', import.meta.url));

/** One connection that is tried. */
export interface Attempt {
  readonly id: number;
  readonly from: Place;
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** Where the first packet arrived (of TCP, the first data), with which source. */
interface Arrival {
  readonly place: Place;
  readonly address: string;
  readonly port: number;
  readonly source: string;
}

/** What was seen of one attempt. */
export interface Seen {
  readonly arrivals: readonly Arrival[];
  /** From where the answer of a datagram came, as `ADDRESS PORT`. */
  readonly answers: readonly string[];
}

export interface PacketLab extends AsyncDisposable {
  readonly host: Namespace;
  readonly view: HostView;
  /**
   * Makes the attempts, all at once.
   *
   * @param isComplete whether all that is to be waited for has been seen
   */
  try(
    attempts: readonly Attempt[],
    isComplete: (seen: ReadonlyMap<number, Seen>) => boolean,
    patience: number,
  ): Promise<ReadonlyMap<number, Seen>>;
}

type AgentEvent =
  | { readonly kind: 'ready' | 'closed' }
  | ({ readonly kind: 'arrived'; readonly id: number } & Omit<Arrival, 'place'>)
  | {
      readonly kind: 'answered';
      readonly id: number;
      readonly address: string;
      readonly port: number;
    };

export async function createPacketLab(family: Family): Promise<PacketLab> {
  const namespaces: Namespace[] = [];
  const dispose = async () => {
    for (const namespace of namespaces) await namespace[Symbol.asyncDispose]();
  };
  try {
    for (const _ of places) namespaces.push(await createNamespace());
    const [client, host, server] = namespaces as [Namespace, Namespace, Namespace];
    await connectAll({ client, host, server }, family);
    const events = new EventEmitter<{ event: [Place, AgentEvent] }>();
    const agents = {
      client: await startAgent('client', client, family, events),
      host: await startAgent('host', host, family, events),
      server: await startAgent('server', server, family, events),
    };
    return {
      host,
      view: labView(family),
      try: (attempts, isComplete, patience) =>
        attempt(agents, events, attempts, isComplete, patience),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

type Agents = Readonly<Record<Place, ChildProcessWithoutNullStreams>>;
type Events = EventEmitter<{ event: [Place, AgentEvent] }>;

async function startAgent(
  place: Place,
  namespace: Namespace,
  family: Family,
  events: Events,
): Promise<ChildProcessWithoutNullStreams> {
  const lists = [JSON.stringify(labAddresses[family][place]), JSON.stringify(labPorts)];
  const [command, args] = namespace.inside(process.execPath, agent, ...lists);
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  }) as unknown as ChildProcessWithoutNullStreams;
  const ready = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`the agent of ${place} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as AgentEvent;
      if (event.kind === 'ready') resolve();
      else events.emit('event', place, event);
    });
  });
  await ready;
  return child;
}

/** After what was waited for, as long again for what was not expected. */
const grace = 40;

async function attempt(
  agents: Agents,
  events: Events,
  attempts: readonly Attempt[],
  isComplete: (seen: ReadonlyMap<number, Seen>) => boolean,
  patience: number,
): Promise<ReadonlyMap<number, Seen>> {
  const seen = new Map<number, { arrivals: Arrival[]; answers: string[] }>();
  for (const { id } of attempts) seen.set(id, { arrivals: [], answers: [] });
  const note = (place: Place, event: AgentEvent) => {
    if (event.kind === 'arrived') {
      const { id, address, port, source } = event;
      seen.get(id)?.arrivals.push({ place, address, port, source });
    } else if (event.kind === 'answered') {
      seen.get(event.id)?.answers.push(`${event.address} ${event.port}`);
    }
  };
  events.on('event', note);
  for (const each of attempts) agents[each.from].stdin.write(`${JSON.stringify(each)}\n`);
  const until = Date.now() + patience;
  while (!isComplete(seen) && Date.now() < until) await pause(5);
  await pause(grace);
  const closed = allClosed(events);
  for (const place of places) agents[place].stdin.write('{"kind":"close"}\n');
  await closed;
  events.off('event', note);
  return seen;
}

/** Counts as they come: events of one moment would be lost between two waits. */
function allClosed(events: Events): Promise<void> {
  return new Promise((resolve) => {
    let open = places.length;
    const count = (_: Place, { kind }: AgentEvent) => {
      if (kind === 'closed') open -= 1;
      if (open > 0) return;
      events.off('event', count);
      resolve();
    };
    events.on('event', count);
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Neighbours are fixed: rules must not keep hosts from finding each other. */
const hardware = {
  wan0: '02:00:00:00:00:01',
  lan0: '02:00:00:00:00:02',
  client: '02:00:00:00:00:03',
  server: '02:00:00:00:00:04',
} as const;

async function connectAll(
  { client, host, server }: Readonly<Record<Place, Namespace>>,
  family: Family,
): Promise<void> {
  const own = labAddresses[family];
  const [wan, second, lan] = own.host;
  const bits = family === 'ipv4' ? 32 : 128;
  const [wanBits, lanBits] = family === 'ipv4' ? [24, 24] : [64, 64];
  const nodad = family === 'ipv6' ? ' nodad' : '';
  const quiet = ['all', 'default'].flatMap((name) => [
    `net.ipv4.conf.${name}.rp_filter=0`,
    `net.ipv4.conf.${name}.send_redirects=0`,
    `net.ipv4.conf.${name}.accept_redirects=0`,
    `net.ipv6.conf.${name}.accept_redirects=0`,
    `net.ipv6.conf.${name}.accept_ra=0`,
  ]);
  const limits = [
    ...['udp_timeout', 'udp_timeout_stream', 'tcp_timeout_syn_sent', 'tcp_timeout_syn_recv'],
    ...['tcp_timeout_close', 'tcp_timeout_time_wait', 'tcp_timeout_established'],
  ].map((name) => `net.netfilter.nf_conntrack_${name}=5`);
  const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
  for (const namespace of [client, host, server])
    await namespace.mustRun('sysctl', ['-q', ...quiet]);
  await host.mustRun('sysctl', ['-q', '-w', ...forwarding, ...limits]);
  await host.ip(
    `link add wan0 address ${hardware.wan0} type veth peer name eth0 address ${hardware.client} netns ${client.name}`,
    `link add lan0 address ${hardware.lan0} type veth peer name eth0 address ${hardware.server} netns ${server.name}`,
    'link set wan0 up',
    'link set lan0 up',
    `addr add ${wan}/${wanBits} dev wan0${nodad}`,
    `addr add ${second}/${bits} dev lo${nodad}`,
    `addr add ${lan}/${lanBits} dev lan0${nodad}`,
  );
  const peers = [
    { namespace: client, own: own.client, hardware: hardware.client, device: 'wan0', gateway: wan },
    { namespace: server, own: own.server, hardware: hardware.server, device: 'lan0', gateway: lan },
  ] as const;
  for (const peer of peers) {
    const isServer = peer.device === 'lan0';
    await peer.namespace.ip(
      'link set eth0 up',
      ...peer.own.map(
        (address) => `addr add ${address}/${isServer ? lanBits : bits} dev eth0${nodad}`,
      ),
      `route replace ${peer.gateway} dev eth0`,
      `route add default via ${peer.gateway} dev eth0`,
      `neigh replace ${peer.gateway} lladdr ${hardware[peer.device]} dev eth0 nud permanent`,
    );
    await host.ip(
      ...peer.own.flatMap((address) => [
        ...(isServer ? [] : [`route add ${address}/${bits} dev ${peer.device}`]),
        `neigh replace ${address} lladdr ${peer.hardware} dev ${peer.device} nud permanent`,
      ]),
    );
  }
}

function labView(family: Family): HostView {
  const own = labAddresses[family];
  const [wan, second, lan, loopback] = own.host;
  const link = (name: string, ...addresses: readonly string[]) => ({
    name,
    kind: { kind: 'other' } as const,
    addresses: addresses.map((text) => ({ address: mustParse(text), advertised: false })),
  });
  const bits = family === 'ipv4' ? 24 : 64;
  const route = (text: string, device: string) => {
    const destination = parseNetwork(text);
    if (destination === null) throw new Error(`${text} is no network`);
    return { destination, device };
  };
  return {
    family,
    links: [link('lo', loopback, second), link('wan0', wan), link('lan0', lan)],
    routes: [
      route(`${wan}/${bits}`, 'wan0'),
      route(`${lan}/${bits}`, 'lan0'),
      ...own.client.map((address) => route(address, 'wan0')),
    ],
    forwards: true,
    routesLocalnet: false,
  };
}

function mustParse(text: string) {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return address;
}
