// publish: mappings of the ports that containers publish, or ask for in a label.
import { parsePublished } from '../config/published.ts';
import type { PublishEntry, PublishedPort } from '../config/ruleset.ts';
import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/find.ts';
import type { Container } from '../docker/snapshot.ts';
import { isLoopback } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { mapPort } from './docker.ts';
import type { ContainerMapping } from './mapping.ts';
import { publishedRanges } from './publications.ts';
import { publishTarget } from './publish-target.ts';
import { type Coverage, refusals } from './refusals.ts';
import { routedRestrictions } from './routed.ts';
import { isSelected } from './select.ts';
import { portMappings, type Request, type Service, type Target } from './service.ts';
import { reportNoSnapshot } from './snapshot-needed.ts';
import { nobodyHint, nobodyReaches } from './source-families.ts';

/** The label in which a container asks for ports, in the syntax of a docker entry. */
export const portsLabel = 'natmap.ports';

/** Mappings of every container that the entry selects; what cannot be mapped gets a warning. */
export function compilePublish(
  entry: PublishEntry,
  containers: ContainerIndex | null,
  report: Report,
): ContainerMapping[] {
  if (containers === null) {
    reportNoSnapshot('publish needs', entry.at, report);
    return [];
  }
  const selected = nameable(entry, containers).filter(
    (container) =>
      isSelected(entry, container) &&
      (entry.from === 'published' || container.labels.has(portsLabel)),
  );
  const { kind, at, name, sources } = entry;
  const request = { origin: { kind, at, name }, at, sources };
  const targets = selected.flatMap((container) => {
    const target = publishTarget(container, containers, at, report);
    return target === null ? [] : [{ ...target, container }];
  });
  const map = entry.from === 'published' ? mapPublished : mapLabel;
  const mappings = targets.flatMap((target) => map(target, request, report));
  if (selected.length === 0) reportNobody(entry, containers, report);
  else if (entry.from === 'published' && publishNothing(targets) && mappings.length === 0) {
    reportNothing('no container that this entry means publishes a port', at, null, report);
  }
  return mappings;
}

/** Routed ports without sources need no mapping: the engine opens them to everyone. */
function publishNothing(targets: readonly PublishTarget[]): boolean {
  return targets.length > 0 && targets.every(({ container }) => container.routed.length === 0);
}

/** The containers that the entry's name can mean. */
function nameable({ select }: PublishEntry, index: ContainerIndex): readonly Container[] {
  const name = select?.name ?? null;
  if (name === null || /[*?]/.test(name)) return index.snapshot.containers;
  const named = index.byName.get(name);
  return named === undefined ? [] : [named];
}

type PublishTarget = Target & { readonly container: Container };

/**
 * What is true now: the addresses and families that the engine has opened. Those on loopback stay
 * the engine's: only its proxy can serve them without opening a door (moby#45610).
 */
function mapPublished(target: PublishTarget, request: Request, report: Report): ContainerMapping[] {
  const service: Service = { name: target.name, targets: [target], balance: null };
  const { published } = target.container;
  const open = publishedRanges(published.filter(({ hostIp }) => !isLoopback(hostIp)));
  const mappings = open.flatMap(({ protocol, hostIp, hostPorts, containerPorts }) => {
    const port = { host: hostIp, hostPorts, containerPorts, protocol };
    const bridge = target.endpoints[hostIp.family]?.bridge ?? null;
    return portMappings(port, hostIp.family, service, request).map((mapping) => ({
      ...mapping,
      publisher: { bridge },
    }));
  });
  const isMapped = (family: Family) => target.endpoints[family] !== null;
  const coverage: Coverage = {
    isMeant: () => true,
    isTaken: ({ hostIp }) => isMapped(hostIp.family),
    isAccepted: isMapped,
  };
  return [
    ...mappings,
    ...refusals(target, coverage, request),
    ...routedRestrictions(target, coverage.isMeant, request, report),
  ];
}

function mapLabel(target: PublishTarget, request: Request, report: Report): ContainerMapping[] {
  const service: Service = { name: target.name, targets: [target], balance: null };
  return labelPorts(target.container, request, report).flatMap(({ port, report: reportItem }) => {
    const mappings = mapPort(port, service, request, reportItem);
    const message = nobodyReaches({ mappings });
    if (message !== null) {
      reportItem({
        code: 'mixed-families',
        severity: 'warning',
        message,
        at: request.at,
        hint: nobodyHint,
      });
    }
    return mappings;
  });
}

/** No port is as long; a message with all of a hostile label in it would be no help. */
const longestPort = 100;

/** The ports that the label asks for, each with a report that names it; none after the first fault. */
function labelPorts({ name, labels }: Container, { at }: Request, report: Report) {
  const items = (labels.get(portsLabel) ?? '')
    .split(',')
    .map((item) => clip(item.trim(), longestPort));
  const ports: { port: PublishedPort; report: Report }[] = [];
  for (const item of items) {
    const reportItem: Report = (diagnostic) => {
      const where = `container ${name}, label ${portsLabel}, ${JSON.stringify(item)}`;
      report({ ...diagnostic, message: `${where}: ${diagnostic.message}` });
    };
    const port = parsePublished(item);
    if ('problem' in port) {
      const { problem: message, hint } = port;
      reportItem({ code: 'bad-port', severity: 'error', message, at, ...(hint && { hint }) });
      return [];
    }
    ports.push({ port, report: reportItem });
  }
  return ports;
}

function reportNobody(entry: PublishEntry, { nearestName }: ContainerIndex, report: Report): void {
  const labelled = entry.from === 'labels' ? `with the label ${portsLabel} ` : '';
  const message = `the snapshot has no container ${labelled}that this entry means`;
  reportNothing(message, entry.at, nearestName(entry.select?.name ?? ''), report);
}

function reportNothing(message: string, at: Place, near: string | null, report: Report): void {
  const hint = near === null ? {} : { hint: `did you mean ${near}?` };
  report({ code: 'publishes-nothing', severity: 'warning', message, at, ...hint });
}
