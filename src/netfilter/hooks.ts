// The way of packets through the hooks of a host: raw, conntrack, mangle, nat, routing, filter.
// Order: the priorities of include/uapi/linux/netfilter_ipv4.h.
import type { Translation } from '../iptables/targets.ts';
import {
  directionSet,
  everyInterface,
  interfaceSet,
  oneValue,
  stateSet,
  stateValue,
} from '../packet/dimensions.ts';
import { exactly, type PacketSet } from '../packet/packet-set.ts';
import { unionRanges } from '../packet/range-set.ts';
import type { EndDisposition, Ending } from './ending.ts';
import { evaluateChain, type Observer } from './evaluate-chain.ts';
import { loopbackDevice } from './host-view.ts';
import type { Netfilter } from './netfilter.ts';
import { type Checked, checkArrivals, checkDepartures, toDevices } from './routing.ts';
import { joinStreams, type Stream, splitStreams, withViews } from './stream.ts';
import type { ReadRule } from './tables.ts';
import { type NatHook, translate } from './translate.ts';
import { fixed, type View } from './view.ts';

/** How nat treats the packets: by its rules, or as it did the first of the connection. */
export type NatMode =
  | { readonly kind: 'new' }
  | { readonly kind: 'established'; readonly destination: View; readonly source: View };

/** The packets of new connections that arrive by an interface. */
export function arrive(netfilter: Netfilter, packets: PacketSet, observe?: Observer): Ending[] {
  const view: View = { ...newConnection, outInterface: noInterface };
  const passage = new Passage(netfilter, { kind: 'new' }, observe);
  passage.fromNetwork([{ packets, view, isCertain: true }]);
  return passage.endings;
}

/** The packets of new connections that this host makes. */
export function send(netfilter: Netfilter, packets: PacketSet, observe?: Observer): Ending[] {
  const view: View = { ...newConnection, inInterface: noInterface };
  const passage = new Passage(netfilter, { kind: 'new' }, observe);
  passage.fromHost([{ packets, view, isCertain: true }]);
  return passage.endings;
}

/** Later packets of a connection, which look as the view says. */
export function passEstablished(
  netfilter: Netfilter,
  from: 'network' | 'host',
  stream: Stream,
  mode: NatMode,
  observe?: Observer,
): Ending[] {
  const passage = new Passage(netfilter, mode, observe);
  if (from === 'network') passage.fromNetwork([stream]);
  else passage.fromHost([stream]);
  return passage.endings;
}

const noInterface = fixed(interfaceSet(''));

/** Before conntrack has seen it, a packet is INVALID to the match conntrack. */
const untouched = fixed(oneValue(stateValue('INVALID', false, false)));

const newConnection: View = {
  direction: fixed(directionSet('ORIGINAL')),
  originalDestination: { kind: 'as-came', dimension: 'destination', plus: 0 },
  originalDestinationPort: { kind: 'as-came', dimension: 'destinationPort', plus: 0 },
};

class Passage {
  readonly endings: Ending[] = [];
  private readonly netfilter: Netfilter;
  private readonly mode: NatMode;
  private readonly observe: Observer | undefined;

  constructor(netfilter: Netfilter, mode: NatMode, observe: Observer | undefined) {
    this.netfilter = netfilter;
    this.mode = mode;
    this.observe = observe;
  }

  fromNetwork(streams: readonly Stream[]): void {
    const raw = this.table('raw', 'PREROUTING', this.beforeConntrack(streams));
    const mangled = this.table('mangle', 'PREROUTING', this.afterConntrack(raw));
    this.route(this.nat('PREROUTING', mangled));
  }

  fromHost(streams: readonly Stream[]): void {
    const routed = this.checked(checkDepartures(this.netfilter, this.routed(streams)));
    const raw = this.table('raw', 'OUTPUT', this.beforeConntrack(routed));
    const mangled = this.table('mangle', 'OUTPUT', this.afterConntrack(raw));
    const translated = this.nat('OUTPUT', mangled);
    // The hook keeps the interface of the first routing (nf_hook_state), whatever nat does.
    const filtered = this.tables(['filter', 'security'], 'OUTPUT', translated);
    this.leave(this.checked(checkDepartures(this.netfilter, this.routed(filtered))));
  }

  private beforeConntrack(streams: readonly Stream[]): readonly Stream[] {
    return withViews(streams, { state: untouched });
  }

  /** What raw excepted stays untracked. */
  private afterConntrack(streams: readonly Stream[]): readonly Stream[] {
    const { inside, outside } = splitStreams(streams, isUntracked);
    const state = this.mode.kind === 'new' ? newState : (this.mode.destination.state ?? newState);
    return [...inside, ...withViews(outside, { state })];
  }

  private route(streams: readonly Stream[]): void {
    const { host, addresses } = this.netfilter;
    const checked = this.checked(checkArrivals(this.netfilter, streams));
    const local = splitStreams(checked, exactly([{ destination: addresses.LOCAL }]));
    this.deliver(local.inside);
    const group = unionRanges(addresses.BROADCAST, addresses.MULTICAST);
    const toGroups = splitStreams(local.outside, exactly([{ destination: group }]));
    this.end('unknown', null, toGroups.inside.map(uncertain));
    if (!host.forwards) {
      this.end('no-route', null, toGroups.outside);
      return;
    }
    const routed = this.routed(toGroups.outside);
    this.leave(this.tables(['mangle', 'filter', 'security'], 'FORWARD', routed));
  }

  private deliver(streams: readonly Stream[]): void {
    const filtered = this.tables(['mangle', 'filter', 'security'], 'INPUT', streams);
    this.end('delivered', null, this.nat('INPUT', filtered));
  }

  private leave(streams: readonly Stream[]): void {
    // Kernels differ in whether they tell the interface that a forwarded packet came by.
    const forgetful = withViews(streams, { inInterface: fixed(everyInterface) });
    const mangled = this.table('mangle', 'POSTROUTING', forgetful);
    const translated = this.nat('POSTROUTING', mangled);
    const looped = splitStreams(
      translated,
      exactly([{ outInterface: interfaceSet(loopbackDevice) }]),
    );
    this.end('sent', null, looped.outside);
    this.loop(looped.inside);
  }

  /** conntrack and nat know the packet already. */
  private loop(streams: readonly Stream[]): void {
    if (streams.length === 0) return;
    const arriving = withViews(streams, {
      inInterface: fixed(interfaceSet(loopbackDevice)),
      outInterface: noInterface,
    });
    const raw = this.table('raw', 'PREROUTING', arriving);
    const mangled = this.table('mangle', 'PREROUTING', raw);
    const filtered = this.tables(['mangle', 'filter', 'security'], 'INPUT', mangled);
    this.end('delivered', null, filtered);
  }

  private routed(streams: readonly Stream[]): readonly Stream[] {
    const { routed, unrouted } = toDevices(this.netfilter, streams);
    this.end('no-route', null, unrouted);
    return routed;
  }

  private checked({ passed, martian, unknown }: Checked): readonly Stream[] {
    this.end('martian', null, martian);
    this.end('unknown', null, unknown.map(uncertain));
    return passed;
  }

  private nat(hook: NatHook, streams: readonly Stream[]): readonly Stream[] {
    const { mode } = this;
    const { inside: untracked, outside: tracked } = splitStreams(streams, isUntracked);
    if (mode.kind === 'established') {
      const isDestination = hook === 'PREROUTING' || hook === 'OUTPUT';
      return [...untracked, ...withViews(tracked, isDestination ? mode.destination : mode.source)];
    }
    const translated: Stream[] = [];
    const host = this.netfilter.host;
    const accepted = this.table('nat', hook, tracked, (stream, translation) => {
      translated.push(...translate(stream, translation, hook, host));
    });
    return joinStreams([...untracked, ...accepted, ...translated]);
  }

  private tables(
    names: readonly string[],
    hook: string,
    streams: readonly Stream[],
  ): readonly Stream[] {
    return names.reduce((left, name) => this.table(name, hook, left), streams);
  }

  /** @returns what the table accepts */
  private table(
    name: string,
    hook: string,
    streams: readonly Stream[],
    translated?: (stream: Stream, translation: Translation) => void,
  ): readonly Stream[] {
    const { tables } = this.netfilter;
    const chain = tables.chain(name, hook);
    if (chain === null || streams.length === 0) return streams;
    const accepted: Stream[] = [];
    for (const branch of evaluateChain(tables, chain, streams, { observe: this.observe })) {
      const { stream, disposition, rule, translation } = branch;
      if (disposition === 'accept') accepted.push(stream);
      else if (translation !== null && translated !== undefined) translated(stream, translation);
      else this.end(endOf[disposition], rule, [stream]);
    }
    return joinStreams(accepted);
  }

  private end(
    disposition: EndDisposition,
    rule: ReadRule | null,
    streams: readonly Stream[],
  ): void {
    for (const stream of streams) this.endings.push({ stream, disposition, rule });
  }
}

const endOf = {
  drop: 'dropped',
  reject: 'rejected',
  queue: 'queued',
  return: 'unknown',
  translate: 'unknown',
  reach: 'unknown',
  unknown: 'unknown',
} as const;

const newState = fixed(oneValue(stateValue('NEW', false, false)));
const isUntracked = exactly([{ state: stateSet(['UNTRACKED']) }]);

function uncertain(stream: Stream): Stream {
  return { ...stream, isCertain: false };
}
