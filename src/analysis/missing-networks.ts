// Mappings to containers on networks of which natmap knows nothing but the name: the driver decides whether a
// port can be mapped, and the subnets what a direct route reaches.
import { type Mapping, placeOf } from '../compile/mapping.ts';
import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';

/**
 * One warning a network, at the first mapping to a container on it.
 *
 * @param missing the networks by the addresses of containers on them
 */
export function reportMissingNetworks(
  mappings: readonly Mapping[],
  missing: ReadonlyMap<string, string>,
  report: Report,
): void {
  const reported = new Set<string>();
  for (const mapping of mappings) {
    for (const address of targetsOf(mapping)) {
      const network = missing.get(address);
      if (network === undefined || reported.has(network)) continue;
      reported.add(network);
      const name = clip(network);
      report({
        code: 'missing-network',
        severity: 'warning',
        message: `the snapshot does not hold network ${name}, so its driver is not known: no port can be mapped to a macvlan, ipvlan or overlay network, and sources close no direct route`,
        at: placeOf(mapping),
        hint: `add what docker network inspect ${name} prints, or use natmap snapshot`,
      });
    }
  }
}

function targetsOf(mapping: Mapping): readonly string[] {
  switch (mapping.kind) {
    case 'docker':
      return [mapping.int.text];
    case 'restriction':
      return mapping.addresses.map(({ text }) => text);
    case 'dnat':
    case 'hairpin':
    case 'snat':
    case 'masquerade':
    case 'isolation':
      return [];
  }
}
