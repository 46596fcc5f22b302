import type { HairpinEntry } from '../config/ruleset.ts';
import type { HairpinMapping } from './mapping.ts';

/** A mapping for each protocol and each port or range of the entry. */
export function compileHairpin(entry: HairpinEntry): HairpinMapping[] {
  const { at, name, kind } = entry;
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
      intPorts: ports.value,
      lan: entry.lanCidr?.value ?? null,
    })),
  );
}
