// What the engine publishes, as ranges: `-p 7000-7009:7000-7009` is ten ports in a snapshot.
import type { Publication } from '../docker/snapshot.ts';
import type { Address } from '../net/address.ts';
import { families } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import { type Protocol, protocols } from '../net/protocol.ts';

/** Both ranges have the same width; one that is wider than a port leads to the same ports. */
export interface PublishedRange {
  readonly protocol: Protocol;
  readonly hostIp: Address;
  readonly hostPorts: PortRange;
  readonly containerPorts: PortRange;
}

/** Joins neighbouring ports that keep their number, and drops repeats; sorted. */
export function publishedRanges(publications: readonly Publication[]): PublishedRange[] {
  const ranges: PublishedRange[] = [];
  for (const publication of [...publications].sort(compare)) {
    const last = ranges.at(-1);
    const range = toRange(publication);
    if (last === undefined || !sameSide(last, range)) ranges.push(range);
    else if (includes(last, publication)) continue;
    else if (continues(last, publication)) ranges.splice(-1, 1, extended(last));
    else ranges.push(range);
  }
  return ranges;
}

function compare(a: Publication, b: Publication): number {
  return (
    protocols.indexOf(a.protocol) - protocols.indexOf(b.protocol) ||
    families.indexOf(a.hostIp.family) - families.indexOf(b.hostIp.family) ||
    compareTexts(a.hostIp.text, b.hostIp.text) ||
    a.hostPort - b.hostPort ||
    a.containerPort - b.containerPort
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function toRange({ protocol, hostIp, hostPort, containerPort }: Publication): PublishedRange {
  return {
    protocol,
    hostIp,
    hostPorts: { first: hostPort, last: hostPort },
    containerPorts: { first: containerPort, last: containerPort },
  };
}

function sameSide(a: PublishedRange, b: PublishedRange): boolean {
  return a.protocol === b.protocol && a.hostIp.text === b.hostIp.text;
}

function includes({ hostPorts, containerPorts }: PublishedRange, port: Publication): boolean {
  return hostPorts.last === port.hostPort && containerPorts.last === port.containerPort;
}

function continues({ hostPorts, containerPorts }: PublishedRange, port: Publication): boolean {
  return (
    hostPorts.last + 1 === port.hostPort &&
    containerPorts.last === hostPorts.last &&
    port.containerPort === port.hostPort
  );
}

function extended(range: PublishedRange): PublishedRange {
  const longer = ({ first, last }: PortRange) => ({ first, last: last + 1 });
  return {
    ...range,
    hostPorts: longer(range.hostPorts),
    containerPorts: longer(range.containerPorts),
  };
}
