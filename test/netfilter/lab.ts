/** A host between two networks, for tests: 203.0.113.43 on wan0, 10.0.0.1 on lan0. */
import { parseSave } from '../../src/iptables/parse.ts';
import { parseAddress, parseNetwork } from '../../src/net/address.ts';
import type { HostView } from '../../src/netfilter/host-view.ts';
import { createNetfilter } from '../../src/netfilter/netfilter.ts';
import { outcomesOf } from '../../src/netfilter/outcome.ts';
import { type Trace, traceFlow } from '../../src/netfilter/trace.ts';
import type { Flow } from '../../src/packet/flow.ts';

const routes = [
  ['203.0.113.0/24', 'wan0'],
  ['10.0.0.0/24', 'lan0'],
  ['0.0.0.0/0', 'wan0'],
] as const;

export const host: HostView = {
  family: 'ipv4',
  links: [link('lo', '127.0.0.1'), link('wan0', '203.0.113.43'), link('lan0', '10.0.0.1')],
  routes: routes.map(([network, device]) => {
    const destination = parseNetwork(network);
    if (destination === null) throw new Error(network);
    return { destination, device };
  }),
  forwards: true,
  routesLocalnet: false,
};

function link(name: string, address: string) {
  const addresses = [{ address: parsed(address), advertised: false }];
  return { name, kind: { kind: 'other' } as const, addresses };
}

export function parsed(text: string) {
  const address = parseAddress(text);
  if (address === null) throw new Error(text);
  return address;
}

/** `TABLE CHAIN SPEC`, in order; chains that are not built in are made. A policy is `TABLE CHAIN: DROP`. */
export function netfilterOf(lines: readonly string[], view: HostView = host) {
  const tables = new Map<string, OpenTable>();
  for (const line of lines) {
    const [, table = '', chain = '', policy, spec = ''] =
      /^(\S+) (\S+?)(?:: (\S+)| (.*))?$/.exec(line) ?? [];
    const open: OpenTable = tables.get(table) ?? { headers: new Map(), rules: [] };
    tables.set(table, open);
    const isBuiltin = /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(chain);
    if (!open.headers.has(chain)) open.headers.set(chain, isBuiltin ? 'ACCEPT' : '-');
    if (policy !== undefined) open.headers.set(chain, policy);
    else open.rules.push(`-A ${chain} ${spec}`);
  }
  const text = [...tables].flatMap(([table, { headers, rules }]) => [
    `*${table}`,
    ...[...headers].map(([chain, policy]) => `:${chain} ${policy} [0:0]`),
    ...rules,
    'COMMIT',
  ]);
  const read = parseSave(text.map((line) => `${line}\n`).join(''), view.family);
  if (!read.ok) throw new Error(`${read.problem} in ${text[read.line - 1]}`);
  return createNetfilter(read.ruleset, view);
}

interface OpenTable {
  readonly headers: Map<string, string>;
  readonly rules: string[];
}

const devices: Readonly<Record<string, string | null>> = { '10.0.0.1': null, '203.0.113.43': null };

/** A connection of TCP, from port 40000. */
export function tcp(source: string, destination: string, port: number): Flow {
  const device = source.startsWith('10.') ? 'lan0' : 'wan0';
  return {
    protocol: 6,
    source: parsed(source),
    destination: parsed(destination),
    sourcePort: 40_000,
    destinationPort: port,
    inInterface: source in devices ? (devices[source] ?? null) : device,
  };
}

/** What may become of it: `sent 198.51.100.10 → 10.0.0.101:25`, or why not, with the rule. */
export function ends(lines: readonly string[], flow: Flow, view?: HostView): string[] {
  return endsOf(traceFlow(netfilterOf(lines, view), flow));
}

export function endsOf({ endings }: Trace): string[] {
  return outcomesOf(endings).map(({ disposition, source, destination, destinationPort, rule }) => {
    if (disposition === 'sent' || disposition === 'delivered') {
      return `${disposition} ${source?.text ?? '?'} → ${destination?.text ?? '?'}:${destinationPort ?? '?'}`;
    }
    return rule === null ? disposition : `${disposition} by ${rule.chain} ${rule.number}`;
  });
}
