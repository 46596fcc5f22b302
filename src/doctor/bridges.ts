// The bridges that containers are on.

import { groupBy } from '../compile/group.ts';
import type { DockerMapping } from '../compile/mapping.ts';
import { type Family, families } from '../net/family.ts';
import type { Link } from '../net/link.ts';
import { type Facts, known } from './facts.ts';
import { deviceTo, mappingsOf, sysctl } from './host.ts';
import { isDocker, isForOthers, isProxied } from './mappings.ts';

/** A bridge with containers on it that others, neighbours too, reach by mappings of one family. */
export interface MappedBridge {
  readonly name: string;
  readonly family: Family;
  readonly ports: readonly BridgePort[];
  readonly mappings: readonly DockerMapping[];
  /** Whether bridged packets pass iptables. */
  readonly isFiltered: boolean;
}

export interface BridgePort {
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
      const there = byDevice.get(link.name);
      if (link.kind.kind !== 'bridge' || there === undefined) return [];
      const isFiltered = isFilteredBy(facts, family) || link.kind.netfilter[family];
      const ports = portsOf(link, links);
      return [{ name: link.name, family, ports, mappings: there, isFiltered }];
    });
  });
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
