// Which addresses the kernel routes, and by which interface.
import { addressSet, interfaceSet } from '../packet/dimensions.ts';
import { type Bounds, exactly } from '../packet/packet-set.ts';
import { unionRanges } from '../packet/range-set.ts';
import { devicesSet, loopback, loopbackDevice } from './host-view.ts';
import type { Netfilter } from './netfilter.ts';
import { type Stream, splitStreams, withViews } from './stream.ts';
import { fixed } from './view.ts';

export interface Routed {
  /** With the interface that they leave by. */
  readonly routed: readonly Stream[];
  readonly unrouted: readonly Stream[];
}

/** Parts the streams by the interface that they leave by: this host's own addresses by loopback. */
export function toDevices({ ways, addresses }: Netfilter, streams: readonly Stream[]): Routed {
  const local = splitStreams(streams, exactly([{ destination: addresses.LOCAL }]));
  const own = interfaceSet(loopbackDevice);
  const routed = [...withViews(local.inside, { outInterface: fixed(own) })];
  const unrouted: Stream[] = [];
  let rest = local.outside;
  for (const { destinations, devices } of ways) {
    const { inside, outside } = splitStreams(rest, exactly([{ destination: destinations }]));
    if (devices.length === 0) unrouted.push(...inside);
    else routed.push(...withViews(inside, { outInterface: fixed(devicesSet(devices)) }));
    rest = outside;
  }
  return { routed, unrouted };
}

export interface Checked {
  readonly passed: readonly Stream[];
  readonly martian: readonly Stream[];
  readonly unknown: readonly Stream[];
}

/** IPv4 takes no loopback address, and none of its own as a source, from outside (fib_validate_source). */
export function checkArrivals({ host, addresses }: Netfilter, streams: readonly Stream[]): Checked {
  if (host.family === 'ipv6') return checkLoopback6(streams);
  const own = host.routesLocalnet ? addresses.LOCAL : unionRanges(addresses.LOCAL, loopback4);
  const sources = unionRanges(own, unionRanges(addresses.MULTICAST, zeroNetwork));
  const loopbackTargets = host.routesLocalnet ? [] : [{ destination: loopback4 }];
  return check(streams, exactly([{ source: sources }, ...loopbackTargets]));
}

/** No loopback address leaves by another interface than loopback (__mkroute_output). */
export function checkDepartures({ host }: Netfilter, streams: readonly Stream[]): Checked {
  const own = exactly([{ outInterface: interfaceSet(loopbackDevice) }]);
  const { inside, outside } = splitStreams(streams, own);
  const checked =
    host.family === 'ipv6'
      ? checkLoopback6(outside)
      : check(outside, exactly(host.routesLocalnet ? [] : [{ source: loopback4 }]));
  return { ...checked, passed: [...inside, ...checked.passed] };
}

/** What IPv6 makes of loopback addresses elsewhere than on the loopback interface is not known. */
function checkLoopback6(streams: readonly Stream[]): Checked {
  const loopback6 = addressSet(loopback.ipv6);
  const { inside, outside } = splitStreams(
    streams,
    exactly([{ destination: loopback6 }, { source: loopback6 }]),
  );
  return { passed: outside, martian: [], unknown: inside };
}

function check(streams: readonly Stream[], martians: Bounds): Checked {
  const { inside, outside } = splitStreams(streams, martians);
  return { passed: outside, martian: inside, unknown: [] };
}

const loopback4 = addressSet(loopback.ipv4);
const zeroNetwork = [0, 2 ** 24];
