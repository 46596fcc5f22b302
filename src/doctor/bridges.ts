// The bridges that containers are on.

import { groupBy } from '../compile/group.ts';
import type { DockerMapping } from '../compile/mapping.ts';
import { hostNetwork, networkContains } from '../net/address.ts';
import { type Family, families } from '../net/family.ts';
import type { Link } from '../net/link.ts';
import { type Facts, known } from './facts.ts';
import type { Severity } from './finding.ts';
import { deviceTo, mappingsOf, sysctl } from './host.ts';
import { isDocker, isForOthers, isProxied } from './mappings.ts';

/** A bridge with containers on it, and mappings of one family that are for those on the bridge too. */
export interface MappedBridge {
  readonly name: string;
  readonly family: Family;
  readonly ports: readonly BridgePort[];
  readonly mappings: readonly DockerMapping[];
  /** A note where nothing tells that anybody on the bridge uses the mappings. */
  readonly severity: Severity;
  /** Whether bridged packets pass iptables. */
  readonly isFiltered: boolean;
}

interface BridgePort {
  readonly name: string;
  readonly hairpin: boolean;
}

export function mappedBridges(facts: Facts): readonly MappedBridge[] {
  const links = known(facts.network)?.links ?? [];
  return families.flatMap((family) => {
    const mappings = mappingsOf(facts, family)
      .filter(isDocker)
      .filter((mapping) => isForOthers(mapping) && !isProxied(mapping));
    const byDevice = groupBy(mappings, ({ int }) => deviceTo(facts, int));
    return links.flatMap((link): MappedBridge[] => {
      const { name, kind } = link;
      const there = (byDevice.get(name) ?? []).filter((mapping) => letsIn(mapping, name, facts));
      if (kind.kind !== 'bridge' || there.length === 0) return [];
      const isFiltered = isFilteredBy(facts, family) || kind.netfilter[family];
      const isAsked = there.some((mapping) => isAskedFor(mapping, name, facts));
      const severity = isAsked ? 'warning' : 'note';
      return [{ name, family, ports: portsOf(link, links), mappings: there, severity, isFiltered }];
    });
  });
}

/** Whether some on the bridge are among the sources of the mapping. */
function letsIn(mapping: DockerMapping, bridge: string, facts: Facts): boolean {
  return letsInItself(mapping) || isAskedFor(mapping, bridge, facts);
}

/** Whether the container is among the sources of its own mapping. */
export function letsInItself({ sources, int }: DockerMapping): boolean {
  return sources?.some((source) => networkContains(source, hostNetwork(int))) ?? true;
}

/** Whether sources of the mapping are machines of the bridge, and not of all the world or much of it. */
function isAskedFor({ sources }: DockerMapping, bridge: string, facts: Facts): boolean {
  return sources?.some(({ base }) => deviceTo(facts, base) === bridge) ?? false;
}

/** The setting for all bridges, which is there once the module br_netfilter is. */
export function bridgeSetting(family: Family): string {
  return `net/bridge/bridge-nf-call-${family === 'ipv4' ? 'iptables' : 'ip6tables'}`;
}

function isFilteredBy(facts: Facts, family: Family): boolean {
  return sysctl(facts, bridgeSetting(family)) === '1';
}

function portsOf({ name }: Link, links: readonly Link[]): readonly BridgePort[] {
  return links.flatMap((link) =>
    link.kind.kind === 'bridge-port' && link.kind.bridge === name
      ? [{ name: link.name, hairpin: link.kind.hairpin }]
      : [],
  );
}
