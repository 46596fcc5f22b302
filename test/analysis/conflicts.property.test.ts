import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findConflicts, reportConflicts } from '../../src/analysis/conflicts.ts';
import { natChains } from '../../src/analysis/rendered-rules.ts';
import type {
  DnatMapping,
  DockerMapping,
  ForwardMapping,
  HairpinMapping,
} from '../../src/compile/mapping.ts';
import { type Address, type Network, parseAddress, parseNetwork } from '../../src/net/address.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
import { listen } from '../listen.ts';

// Few values, so that claims meet often; and for each pair of claims that meet, one of the
// connections below is in both.
const loopback = '127.0.0.1';
const externals = ['203.0.113.1', '203.0.113.2', loopback, '203.0.113.3'];
const interfaces = ['eth', 'eth0', 'eth1', 'ppp0'];
const clients = ['10.0.0.1', '10.0.0.9', '10.1.0.1', '10.1.2.3', '192.0.2.1', '198.51.100.1'];
const sourceNetworks = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '192.0.2.0/24'];
const highest = 12;

/** What is reported of the mappings, on the rules that the built-in templates render. */
function reported(list: readonly ForwardMapping[]) {
  const { report, diagnostics } = listen();
  const templates = createTemplates([], report);
  const wanted = renderWanted(list, 'ipv4', templates, report);
  reportConflicts(findConflicts(list, natChains(wanted)), report);
  return diagnostics;
}

interface Connection {
  readonly port: number;
  readonly address: string;
  /** Null for one that this host itself makes. */
  readonly from: { readonly interface: string; readonly client: string } | null;
}

const origins = [
  null,
  ...interfaces.flatMap((each) => clients.map((client) => ({ interface: each, client }))),
];

const connections: Connection[] = Array.from({ length: highest }, (_, index) => index + 1).flatMap(
  (port) => externals.flatMap((address) => origins.map((from) => ({ port, address, from }))),
);

function address(text: string): Address {
  return parseAddress(text) as Address;
}

function network(text: string): Network {
  return parseNetwork(text) as Network;
}

/** Where the mapping leads the connection, or null when it does not claim it. */
function target(mapping: ForwardMapping, connection: Connection): string | null {
  const { ports, ext, int, intPorts } = mapping;
  const claims =
    connection.port >= ports.first &&
    connection.port <= ports.last &&
    (ext === null || ext.text === connection.address) &&
    (connection.from === null
      ? servesHost(mapping, connection.address)
      : !isOnLoopback(mapping) &&
        comesIn(mapping, connection.from.interface) &&
        isMeant(mapping, connection.from.client));
  return claims ? `${int.text}:${intPorts.first + connection.port - ports.first}` : null;
}

/** A container's port on loopback is for this host itself, and has no rule for others. */
function isOnLoopback({ kind, ext }: ForwardMapping): boolean {
  return kind === 'docker' && ext?.text === loopback;
}

/** Whether the mapping has a rule in NATMAP-OUTPUT that takes connections to the address. */
function servesHost(mapping: ForwardMapping, to: string): boolean {
  if (mapping.kind === 'hairpin') return false;
  if (mapping.kind === 'dnat') return mapping.local && (mapping.ext !== null || to !== loopback);
  if (mapping.extIf !== null || mapping.sources?.length === 0) return false;
  return mapping.ext !== null || mapping.publisher === null || to !== loopback;
}

function comesIn(mapping: ForwardMapping, through: string): boolean {
  const name = mapping.kind === 'hairpin' ? null : mapping.extIf;
  if (name === null || name === through) return true;
  return name.endsWith('+') && through.startsWith(name.slice(0, -1));
}

function isMeant(mapping: ForwardMapping, client: string): boolean {
  const sources =
    mapping.kind === 'hairpin' ? [mapping.lan ?? network(mapping.int.text)] : mapping.sources;
  return sources === null || sources.some((source) => contains(source, client));
}

function contains({ base, prefix }: Network, client: string): boolean {
  const bits = (text: string) =>
    text
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('')
      .slice(0, prefix);
  return bits(base.text) === bits(client);
}

const base = fc
  .record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    first: fc.integer({ min: 1, max: highest }),
    width: fc.integer({ min: 0, max: 4 }),
    shift: fc.constantFrom(0, 0, 100, 101),
    int: fc.constantFrom('10.0.0.1', '10.1.2.3', '10.0.0.9').map(address),
  })
  .map(({ protocol, first, width, shift, int }) => ({
    family: 'ipv4' as const,
    protocol,
    int,
    ports: { first, last: Math.min(highest, first + width) },
    intPorts: { first: first + shift, last: Math.min(highest, first + width) + shift },
  }));

const external = fc.constantFrom(...externals.slice(0, 3)).map(address);
const sources = fc.option(fc.subarray(sourceNetworks).map((list) => list.map(network)));
const someSources = fc.option(
  fc.subarray(sourceNetworks, { minLength: 1 }).map((list) => list.map(network)),
);

const extIf = fc.constantFrom(null, 'eth0', 'eth1', 'eth+', 'e+', 'ppp0');

const dnat = fc.record({
  kind: fc.constant('dnat' as const),
  ext: fc.option(external),
  extIf,
  sources: someSources,
  local: fc.boolean(),
});

const hairpin = fc.record({
  kind: fc.constant('hairpin' as const),
  ext: external,
  lan: fc.option(fc.constantFrom(...sourceNetworks).map(network)),
});

const docker = fc.record({
  kind: fc.constant('docker' as const),
  ext: fc.option(external),
  service: fc.constant('web'),
  extIf,
  sources,
  share: fc.constant(null),
  publisher: fc.constantFrom(null, { bridge: null }),
});

const source = { name: 'a.yaml', text: '' };

// No more than all of the conflicts of one are reported.
const mappings: fc.Arbitrary<ForwardMapping[]> = fc
  .array(fc.tuple(base, fc.oneof(dnat, hairpin, docker)), { maxLength: 11 })
  .map((list) =>
    list.map(([common, own], index): ForwardMapping => {
      const at = { source, offset: index, length: 1 };
      const mapping = { ...common, ...own, at, origin: { kind: own.kind, at, name: null } };
      return mapping as DnatMapping | HairpinMapping | DockerMapping;
    }),
  );

/** What is to be said of two mappings, one connection after the other. */
function saidByHand(one: ForwardMapping, other: ForwardMapping): string | null {
  if (one.protocol !== other.protocol) return null;
  const apart = connections.filter((connection) => {
    const [a, b] = [target(one, connection), target(other, connection)];
    return a !== null && b !== null && a !== b;
  });
  if (apart.length === 0) return null;
  const areDnat = one.kind === 'dnat' && other.kind === 'dnat';
  const isOnlyLocal = [one, other].some(isOnLoopback);
  return areDnat || isOnlyLocal || apart.some(({ from }) => from !== null)
    ? 'conflict'
    : 'local-overlap';
}

test('two mappings conflict exactly when they lead one connection apart, if not only of this host', () => {
  fc.assert(
    fc.property(mappings, (list) => {
      const found = reported(list).map(
        ({ code, at, related }) => `${related?.[0]?.at.offset} ${at?.offset} ${code}`,
      );
      const byHand = list.flatMap((second, j) => {
        const said = list.slice(0, j).map((first) => saidByHand(first, second));
        // Of what this host sends, the first of all takes it: one warning says so.
        const isReported = (each: string | null, i: number) =>
          each === 'conflict' || (each !== null && i === said.indexOf('local-overlap'));
        return said.flatMap((each, i) => (isReported(each, i) ? [`${i} ${j} ${each}`] : []));
      });
      expect(found.sort()).toEqual(byHand.sort());
    }),
    { numRuns: 400 },
  );
});

// Comparing every pair takes longer than a test may.
describe('10,000 mappings of one port cost little when they', () => {
  const host = (index: number) => address(`10.0.${index >> 8}.${index & 255}`);
  const common = {
    kind: 'dnat' as const,
    family: 'ipv4' as const,
    protocol: 'tcp' as const,
    ext: address('203.0.113.1'),
    extIf: null,
    sources: null,
    local: false,
    ports: { first: 80, last: 80 },
    intPorts: { first: 80, last: 80 },
  };
  const many = (own: (index: number) => Partial<DnatMapping>): ForwardMapping[] =>
    Array.from({ length: 10_000 }, (_, index) => {
      const at = { source, offset: index, length: 1 };
      const origin = { kind: 'dnat' as const, at, name: null };
      return { ...common, at, origin, int: host(index), ...own(index) };
    });

  const quiet: [what: string, own: (index: number) => Partial<DnatMapping>][] = [
    ['have a source each', (index) => ({ sources: [network(host(index).text)] })],
    ['have an interface each', (index) => ({ extIf: `eth${index}` })],
    ['overlap and lead to one place', () => ({ int: host(0) })],
    [
      'lead ranges apart by sources',
      (index) => ({
        ports: { first: 1 + index, last: 20_000 + index },
        intPorts: { first: 1 + index, last: 20_000 + index },
        sources: [network(host(index).text)],
      }),
    ],
  ];

  test.each(quiet)('%s', (_, own) => {
    expect(reported(many(own))).toEqual([]);
  });

  test('all conflict: ten are reported of each, and that there are others', () => {
    const diagnostics = reported(many(() => ({})));
    const last = diagnostics.filter(({ at }) => at?.offset === 9_999);
    expect(last).toHaveLength(11);
    expect(last.at(-1)).toMatchObject({
      code: 'conflict',
      severity: 'error',
      message: '203.0.113.1:80/tcp leads elsewhere by other mappings too: at least 20 more',
    });
    const named = new Set(
      diagnostics.flatMap(({ at, related = [] }) => [at, ...related.map((each) => each.at)]),
    );
    expect(named.size).toBe(10_000);
  });

  test('all conflict with one of the last: the others are counted', () => {
    const wide = { ext: null, ports: { first: 80, last: 10_079 } };
    const apart = (index: number) => ({ first: 80 + index, last: 80 + index });
    const list = many((index) =>
      index === 9_999
        ? { ...wide, intPorts: wide.ports }
        : { ports: apart(index), intPorts: apart(index) },
    );
    const diagnostics = reported(list);
    expect(diagnostics).toHaveLength(11);
    expect(diagnostics.at(-1)?.message).toBe(
      '*:80-10079/tcp leads elsewhere by other mappings too: 9989 more',
    );
  });
});
