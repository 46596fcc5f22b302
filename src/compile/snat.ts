import type { SnatEntry } from '../config/ruleset.ts';
import type { SnatMapping } from './mapping.ts';

export function compileSnat(entry: SnatEntry): SnatMapping {
  const { at, name, kind, extIf } = entry;
  return {
    kind,
    family: entry.intIp.value.family,
    origin: { kind, at, name },
    int: entry.intIp.value,
    extIf,
    ext: entry.extIp?.value ?? null,
  };
}
