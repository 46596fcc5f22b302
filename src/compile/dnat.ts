import type { DnatEntry } from '../config/ruleset.ts';
import { insidePorts } from './inside-ports.ts';
import type { DnatMapping } from './mapping.ts';

/** A mapping for each protocol and each port or range of the entry. */
export function compileDnat(entry: DnatEntry): DnatMapping[] {
  const { at, name, kind, extIf, local } = entry;
  const sources = entry.sources.length === 0 ? null : entry.sources.map(({ value }) => value);
  return entry.protocols.flatMap((protocol) =>
    entry.ports.map((ports) => ({
      kind,
      family: entry.intIp.value.family,
      origin: { kind, at, name },
      at: ports.at,
      protocol,
      ext: entry.extIp?.value ?? null,
      extIf,
      sources,
      ports: ports.value,
      int: entry.intIp.value,
      intPorts: insidePorts(ports.value, entry.intPort?.value ?? null),
      local,
    })),
  );
}
