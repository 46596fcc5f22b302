// Administration services that every source reaches.

import { type ForwardMapping, isForward, type Mapping, writtenKey } from '../compile/mapping.ts';
import { external } from '../compile/words.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { isLoopback } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { type AdministrationPort, administrationPorts } from './administration.ts';

export function reportOpenPorts(mappings: readonly Mapping[], report: Report): void {
  const told = new Set<string>();
  for (const mapping of mappings) {
    if (!isForward(mapping) || !isOpen(mapping)) continue;
    // The port inside tells the service: 2222 outside does not make it another one.
    const services = administrationPorts.filter(
      ({ port, protocol }) =>
        protocol === mapping.protocol &&
        mapping.intPorts.first <= port &&
        port <= mapping.intPorts.last,
    );
    const place = writtenKey(mapping);
    if (services.length === 0 || told.has(place)) continue;
    // Two families or protocols of one place are one thing to mend.
    told.add(place);
    tell(mapping, services, report);
  }
}

function isOpen(mapping: ForwardMapping): boolean {
  if (mapping.kind === 'hairpin' || mapping.sources !== null) return false;
  return mapping.kind === 'dnat' || mapping.ext === null || !isLoopback(mapping.ext);
}

/** Services that are named; a wide range holds them all. */
const named = 3;

const exampleSource: Readonly<Record<Family, string>> = {
  ipv4: '198.51.100.0/24',
  ipv6: '2001:db8:100::/48',
};

function tell(
  mapping: ForwardMapping,
  services: readonly AdministrationPort[],
  report: Report,
): void {
  const [first] = services;
  const names = services.slice(0, named).map(({ port, service }) => `${port} (${service})`);
  const rest = services.length - names.length;
  const list = `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const port = services.length === 1 ? 'port' : 'ports';
  const reason = services.length === 1 ? `: ${first?.reason}` : '';
  report({
    code: 'open-admin-port',
    severity: 'warning',
    message: `${external(mapping)} opens ${port} ${list} of ${mapping.int.text} to every source${reason}`,
    at: mapping.at,
    hint: `name the clients, as in sources: [${exampleSource[mapping.family]}]`,
  });
}
