// Administration services that more than a few networks reach, judged by the sources of the rendered rules.
import { type ForwardMapping, isForward, type Mapping, writtenKey } from '../compile/mapping.ts';
import { external } from '../compile/words.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Family } from '../net/family.ts';
import { everyAddress } from '../packet/dimensions.ts';
import { type RangeSet, unionRanges } from '../packet/range-set.ts';
import { type AdministrationPort, administrationPorts } from './administration.ts';
import { isSourceTranslation, packetsFor, type RenderedChain } from './rendered-rules.ts';

/** The most that counts as restricted: a /8 of IPv4 or a /16 of IPv6, in addresses. */
const widest: Readonly<Record<Family, bigint>> = { ipv4: 1n << 24n, ipv6: 1n << 112n };

/**
 * @param mappings in the order in which they are reported
 * @param chains of the nat tables
 */
export function reportOpenPorts(
  mappings: readonly Mapping[],
  chains: readonly RenderedChain[],
  report: Report,
): void {
  const administering = mappings.filter(isForward).filter((each) => servicesOf(each).length > 0);
  const sources = sourcesOf(new Set<Mapping>(administering), chains);
  const reported = new Set<string>();
  for (const mapping of administering) {
    const services = servicesOf(mapping);
    const own = sources.get(mapping);
    if (own === undefined || countOf(own) <= widest[mapping.family]) continue;
    const place = writtenKey(mapping);
    if (reported.has(place)) continue;
    // Two families or protocols of one place are fixed together.
    reported.add(place);
    describe(mapping, services, countOf(own) === countOf(everyAddress[mapping.family]), report);
  }
}

/** From where connections of others come to each mapping: of those that arrive, not this host's own. */
function sourcesOf(
  asked: ReadonlySet<Mapping>,
  chains: readonly RenderedChain[],
): ReadonlyMap<Mapping, RangeSet> {
  const sources = new Map<Mapping, RangeSet>();
  for (const { name, rules } of chains) {
    if (name === 'NATMAP-OUTPUT') continue;
    for (const rule of rules) {
      const found = rule.mappings.filter((mapping) => asked.has(mapping));
      if (found.length === 0) continue;
      if (rule.action.kind !== 'translate' || isSourceTranslation(rule.action)) continue;
      for (const mapping of found) {
        for (const { source } of packetsFor(rule, mapping).atMost) {
          const known = sources.get(mapping) ?? [];
          sources.set(mapping, unionRanges(known, source ?? everyAddress[mapping.family]));
        }
      }
    }
  }
  return sources;
}

function countOf(set: RangeSet): bigint {
  let count = 0n;
  for (let index = 0; index < set.length; index += 2) {
    count += BigInt(set[index + 1] ?? 0) - BigInt(set[index] ?? 0);
  }
  return count;
}

/** The port inside tells the service: 2222 outside does not make it another one. */
function servicesOf({ protocol, intPorts }: ForwardMapping): readonly AdministrationPort[] {
  return administrationPorts.filter(
    (each) =>
      protocol === each.protocol && intPorts.first <= each.port && each.port <= intPorts.last,
  );
}

/** Services that are named; a wide range holds them all. */
const named = 3;

const exampleSource: Readonly<Record<Family, string>> = {
  ipv4: '198.51.100.0/24',
  ipv6: '2001:db8:100::/48',
};

function describe(
  mapping: ForwardMapping,
  services: readonly AdministrationPort[],
  isEverySource: boolean,
  report: Report,
): void {
  const [first] = services;
  const names = services.slice(0, named).map(({ port, service }) => `${port} (${service})`);
  const rest = services.length - names.length;
  const list = `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const port = services.length === 1 ? 'port' : 'ports';
  const reason = services.length === 1 ? `: ${first?.reason}` : '';
  const clients = isEverySource
    ? 'every source'
    : `sources wider than ${limitText[mapping.family]}`;
  report({
    code: 'open-admin-port',
    severity: 'warning',
    message: `${external(mapping)} opens ${port} ${list} of ${mapping.int.text} to ${clients}${reason}`,
    at: mapping.at,
    hint:
      mapping.kind === 'hairpin'
        ? `name the clients, as in lan_cidr: ${exampleSource[mapping.family]}`
        : `name the clients, as in sources: [${exampleSource[mapping.family]}]`,
  });
}

const limitText: Readonly<Record<Family, string>> = { ipv4: 'a /8', ipv6: 'a /16' };
