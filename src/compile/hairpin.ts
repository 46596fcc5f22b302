import type { HairpinEntry } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { formatNetwork } from '../net/address.ts';
import { insidePorts } from './inside-ports.ts';
import type { HairpinMapping } from './mapping.ts';

/** A mapping for each protocol and each port or range of the entry. */
export function compileHairpin(entry: HairpinEntry, report: Report): HairpinMapping[] {
  const { at, name, kind } = entry;
  const lan = entry.lanCidr?.value ?? null;
  if (lan === null || lan.prefix === 0) {
    const cause = lan === null ? 'without lan_cidr' : `with lan_cidr ${formatNetwork(lan)}`;
    report({
      code: 'hairpin-hides-clients',
      severity: 'warning',
      message: `${cause} every source is masqueraded: the server sees no client address`,
      at,
      hint: 'name the clients inside, as in lan_cidr: 10.0.0.0/24',
    });
  }
  return entry.protocols.flatMap((protocol) =>
    entry.ports.map((ports) => ({
      kind,
      family: entry.intIp.value.family,
      origin: { kind, at, name },
      at: ports.at,
      protocol,
      ext: entry.extIp.value,
      ports: ports.value,
      int: entry.intIp.value,
      intPorts: insidePorts(ports.value, entry.intPort?.value ?? null),
      lan,
    })),
  );
}
