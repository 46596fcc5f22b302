// What the NAT targets write into the first packet of a connection.
// Source: get_unique_tuple and nf_nat_setup_info, net/netfilter/nf_nat_core.c.
import type { TranslatedPorts, Translation } from '../iptables/targets.ts';
import { addressValue } from '../net/address.ts';
import { addressBits } from '../net/family.ts';
import type { Box } from '../packet/box.ts';
import {
  addressRange,
  between,
  everyAddress,
  everyPort,
  interfaceSet,
  oneValue,
} from '../packet/dimensions.ts';
import { exactly } from '../packet/packet-set.ts';
import { closedRanges, type RangeSet, unionRanges } from '../packet/range-set.ts';
import {
  type HostView,
  loopbackAddress,
  loopbackDevice,
  redirectAddresses,
  sourceAddresses,
} from './host-view.ts';
import { type Stream, splitStream, withView } from './stream.ts';
import { fixed, type Now, valuesNow } from './view.ts';

export type NatHook = 'PREROUTING' | 'INPUT' | 'OUTPUT' | 'POSTROUTING';

export function translate(
  stream: Stream,
  translation: Translation,
  hook: NatHook,
  host: HostView,
): Stream[] {
  switch (translation.kind) {
    case 'destination':
    case 'source': {
      const { kind, addresses, ports } = translation;
      const range = addresses === null ? null : addressRange(addresses.first, addresses.last);
      return rewrite(stream, kind, range, ports);
    }
    case 'masquerade': {
      const addresses = outDevices(stream, host)
        .map((device) => sourceAddresses(host, device))
        .reduce(unionRanges, []);
      return rewrite(stream, 'source', known(addresses, host), translation.ports);
    }
    case 'redirect':
      return redirect(stream, hook, host, translation.ports);
    case 'netmap':
      return netmap(stream, hook, translation.network);
  }
}

/** An interface without an address leaves open what the kernel takes. */
function known(addresses: RangeSet, { family }: HostView): RangeSet {
  return addresses.length > 0 ? addresses : everyAddress[family];
}

function outDevices(stream: Stream, { links }: HostView): string[] {
  return links
    .map(({ name }) => name)
    .filter((name) => {
      const set = exactly([{ outInterface: interfaceSet(name) }]);
      return splitStream(stream, set).inside.length > 0;
    });
}

function redirect(
  stream: Stream,
  hook: NatHook,
  host: HostView,
  ports: TranslatedPorts | null,
): Stream[] {
  if (hook === 'OUTPUT') {
    const address = oneValue(addressValue(loopbackAddress[host.family]));
    return rewrite(stream, 'destination', address, ports);
  }
  const rewritten: Stream[] = [];
  let rest: readonly Stream[] = [stream];
  for (const { name } of host.links) {
    if (name === loopbackDevice) continue;
    const splits = rest.map((each) =>
      splitStream(each, exactly([{ inInterface: interfaceSet(name) }])),
    );
    const addresses = known(redirectAddresses(host, name), host);
    for (const { inside } of splits) {
      rewritten.push(...inside.flatMap((each) => rewrite(each, 'destination', addresses, ports)));
    }
    rest = splits.flatMap(({ outside }) => outside);
  }
  const elsewhere = rest.flatMap((each) =>
    rewrite(each, 'destination', everyAddress[host.family], ports),
  );
  return [...rewritten, ...elsewhere];
}

/** Keeps the bits of the address that are not the network's. */
function netmap(
  stream: Stream,
  hook: NatHook,
  network: Extract<Translation, { kind: 'netmap' }>['network'],
): Stream[] {
  const kind = hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source';
  const size = 1n << BigInt(addressBits[network.family] - network.prefix);
  const base = BigInt(addressValue(network.base));
  const bounds = valuesNow(stream.packets, stream.view, kind)?.flat() ?? [0n, size + 1n];
  const [low = 0n, ...others] = bounds.map(BigInt);
  const block = low - (low % size);
  // All in one block, of which the first bits become others; else any address of the network.
  const isOneBlock = others.every((bound) => bound >= block && bound <= block + size);
  const last = base + size - 1n;
  const whole =
    network.family === 'ipv4' ? between(Number(base), Number(last)) : between(base, last);
  if (!isOneBlock) return rewrite(stream, kind, whole, null);
  if (block === base) return [stream];
  const by = network.family === 'ipv4' ? Number(base - block) : base - block;
  return [changed(withView(stream, { [kind]: plus(stream.view[kind], kind, by) }), kind)];
}

function plus(now: Now | undefined, kind: 'source' | 'destination', by: number | bigint): Now {
  if (now === undefined) return { kind: 'as-came', dimension: kind, plus: by };
  if (now.kind === 'one-of') {
    return fixed(
      now.values.map((value) => (typeof by === 'bigint' ? BigInt(value) + by : Number(value) + by)),
    );
  }
  const sum = typeof by === 'bigint' ? BigInt(now.plus) + by : Number(now.plus) + by;
  return { ...now, plus: sum };
}

/** Writes one of the addresses, and a port; null keeps what is there. */
function rewrite(
  stream: Stream,
  kind: 'source' | 'destination',
  addresses: RangeSet | null,
  ports: TranslatedPorts | null,
): Stream[] {
  const port = kind === 'source' ? 'sourcePort' : 'destinationPort';
  const address = addresses === null ? {} : { [kind]: fixed(addresses) };
  if (ports === null) {
    // The kernel keeps the source port where it is free, and nobody knows whether it is.
    const free = kind === 'source' ? { sourcePort: fixed(everyPort) } : {};
    return marked(stream, kind, { [kind]: addresses ?? [] }, { ...address, ...free });
  }
  const range = between(ports.first, ports.last);
  const { base } = ports;
  if (base === null) {
    const { inside, outside } = splitStream(stream, exactly([{ [port]: range }]));
    const kept = kind === 'destination' ? {} : { [port]: fixed(range) };
    const asked = { [kind]: addresses ?? [], [port]: range };
    return [
      ...inside.flatMap((each) => marked(each, kind, asked, { ...address, ...kept })),
      ...outside.map((each) => changed(withView(each, { ...address, [port]: fixed(range) }), kind)),
    ];
  }
  const from = between(base, base + ports.last - ports.first);
  const { inside, outside } = splitStream(stream, exactly([{ [port]: from }]));
  return [
    ...inside.map((each) => {
      const now = each.view[port];
      const shifted: Now =
        now === undefined || now.kind === 'as-came'
          ? {
              kind: 'as-came',
              dimension: now?.dimension ?? port,
              plus: Number(now?.plus ?? 0) + ports.first - base,
            }
          : fixed(range);
      return changed(withView(each, { ...address, [port]: shifted }), kind);
    }),
    ...outside.map((each) => changed(withView(each, { ...address, [port]: fixed(range) }), kind)),
  ];
}

/**
 * conntrack calls a connection translated when the packet became another: those that had the address
 * and port already stay as they are.
 */
function marked(
  stream: Stream,
  kind: 'source' | 'destination',
  asked: { readonly [name: string]: RangeSet },
  view: Stream['view'],
): Stream[] {
  const had: Box = Object.fromEntries(Object.entries(asked).filter(([, set]) => set.length > 0));
  const { inside, outside } = splitStream(stream, exactly([had]));
  const isOne = Object.values(had).every(
    (set) => set?.length === 2 && BigInt(set[1] ?? 0) - BigInt(set[0] ?? 0) === 1n,
  );
  return [
    ...inside.map((each) =>
      isOne || kind === 'source' ? each : maybeChanged(withView(each, view), kind),
    ),
    ...outside.map((each) => changed(withView(each, view), kind)),
  ];
}

function changed(stream: Stream, kind: 'source' | 'destination'): Stream {
  return withState(stream, (value) => [value | bitOf[kind]]);
}

function maybeChanged(stream: Stream, kind: 'source' | 'destination'): Stream {
  return withState(stream, (value) => [value, value | bitOf[kind]]);
}

/** The bits of the dimension `state`. */
const bitOf = { destination: 2, source: 1 } as const;

function withState(stream: Stream, next: (value: number) => number[]): Stream {
  const [states = []] = valuesNow(stream.packets, stream.view, 'state') ?? [];
  const values = closedRanges(states).flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  const after = values.flatMap(next).map(oneValue).reduce(unionRanges, []);
  return withView(stream, { state: fixed(after) });
}
