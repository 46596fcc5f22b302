// SNAT entries that never count, because an earlier one names a network that holds theirs.
import type { Mapping, SnatMapping } from '../compile/mapping.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { formatNetworkShort, networkOf } from '../net/address.ts';

export function reportShadowedSnat(mappings: readonly Mapping[], report: Report): void {
  const earlier = new Map<string, SnatMapping>();
  const prefixes = new Set<number>();
  for (const mapping of mappings) {
    if (mapping.kind !== 'snat') continue;
    const first = findEarlier(mapping, earlier, prefixes);
    if (first !== undefined) tell(first, mapping, report);
    const key = keyOf(mapping.int.base.text, mapping.int.prefix, mapping.extIf);
    if (!earlier.has(key)) earlier.set(key, mapping);
    prefixes.add(mapping.int.prefix);
  }
}

/** Looks the networks up that hold this one: there are few of them, however many entries there are. */
function findEarlier(
  { int, extIf }: SnatMapping,
  earlier: ReadonlyMap<string, SnatMapping>,
  prefixes: ReadonlySet<number>,
): SnatMapping | undefined {
  for (const prefix of prefixes) {
    if (prefix > int.prefix) continue;
    const base = networkOf(int.base, prefix).base.text;
    for (const name of coveringNames(extIf)) {
      const found = earlier.get(keyOf(base, prefix, name));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** `eth0`, and `eth0+` to `e+`. */
function coveringNames(name: string): string[] {
  const stem = name.replace(/\+$/, '');
  const wildcards = Array.from(stem, (_, index) => `${stem.slice(0, index + 1)}+`);
  return [name, ...wildcards];
}

function keyOf(base: string, prefix: number, extIf: string): string {
  return `${base}/${prefix} ${extIf}`;
}

function tell(first: SnatMapping, second: SnatMapping, report: Report): void {
  const isSame = first.ext?.text === second.ext?.text;
  report({
    code: 'shadowed',
    severity: 'warning',
    message: `an earlier entry for ${formatNetworkShort(first.int)} takes all connections of ${formatNetworkShort(second.int)}, and they leave as ${first.ext?.text ?? 'MASQUERADE'}`,
    at: second.origin.at,
    hint: isSame ? 'drop this one' : 'put the narrower entry first',
    related: [{ message: 'the earlier entry', at: first.origin.at }],
  });
}
