// publish: mappings of the ports that containers publish, or ask for in a label.
import { parsePublished } from '../config/published.ts';
import type { PublishEntry, PublishedPort, RuleSet } from '../config/ruleset.ts';
import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/container-index.ts';
import { isAssumedToMakeRules, makesOwnRules } from '../docker/engine.ts';
import type { Container, Engine, Snapshot } from '../docker/snapshot.ts';
import { type Address, isLoopback, isUnspecified } from '../net/address.ts';
import { mapPort } from './docker.ts';
import type { ContainerMapping, DockerMapping } from './mapping.ts';
import { publishedRanges } from './publications.ts';
import { publishTarget } from './publish-target.ts';
import { type Concern, isOpen, sourceRestrictions } from './restrictions.ts';
import { isSelected } from './select.ts';
import { portMappings, type Request, type Service, type Target } from './service.ts';
import { reportNoSnapshot } from './snapshot-needed.ts';
import { nobodyHint, nobodyReaches } from './source-families.ts';

/** The label in which a container asks for ports, in the syntax of a docker entry. */
const portsLabel = 'natmap.ports';

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
  const { kind, at, name, extIf, sources } = entry;
  const request = { origin: { kind, at, name }, at, extIf, sources };
  const isRestricted = entry.from === 'published' && !isOpen(request);
  const targets = selected.flatMap((container) => {
    const target = publishTarget(container, containers, { at, isRestricted }, report);
    return target === null ? [] : [{ ...target, container }];
  });
  const mappings = targets.flatMap((target) =>
    entry.from === 'published'
      ? compilePublished(target, request, containers.snapshot.engine, report)
      : mapLabel(target, entry, request, report),
  );
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

/** Whether the rules depend on what the snapshot does not tell. */
export function assumesEngineRules({ entries }: RuleSet, snapshot: Snapshot | null): boolean {
  const leavesPorts = entries.some((each) => each.kind === 'publish' && each.from === 'published');
  return leavesPorts && snapshot !== null && isAssumedToMakeRules(snapshot.engine);
}

/**
 * The engine's own rules lead to the container whichever address it has, and a copy would hide them with the
 * address of today, so only what restricts them is made. An engine that makes no rules has its ports mapped.
 */
function compilePublished(
  target: PublishTarget,
  request: Request,
  engine: Engine | null,
  report: Report,
): ContainerMapping[] {
  const concern: Concern = { isMeant: () => true, isOpened: () => true };
  const restrictions = sourceRestrictions(target, concern, request, report);
  return makesOwnRules(engine) ? restrictions : [...mapPublished(target, request), ...restrictions];
}

/**
 * What is true now: the addresses and families in which the engine listens. Those on loopback stay the
 * engine's: only its proxy can serve them without opening a door (moby#45610).
 */
function mapPublished(target: PublishTarget, request: Request): DockerMapping[] {
  const service: Service = { name: target.name, targets: [target], balance: null };
  const { published } = target.container;
  const open = publishedRanges(published.filter(({ hostIp }) => !isLoopback(hostIp)));
  return open.flatMap(({ protocol, hostIp, hostPorts, containerPorts }) => {
    const port = { host: hostIp, hostPorts, containerPorts, protocol };
    const bridge = target.endpoints[hostIp.family]?.bridge ?? null;
    return portMappings(port, hostIp.family, service, request).map((mapping) => ({
      ...mapping,
      publisher: { bridge },
    }));
  });
}

/**
 * A label is a request: who may start a container must not be able to stop the rules of the host, so
 * what cannot be mapped leaves its port out with a warning.
 */
function mapLabel(
  target: PublishTarget,
  entry: PublishEntry,
  request: Request,
  report: Report,
): ContainerMapping[] {
  const service: Service = { name: target.name, targets: [target], balance: null };
  const { container } = target;
  const bounded = atMost(mostReported, report);
  const mapped = labelItems(container).flatMap((item) => {
    const reportItem = reportOn(item, container, bounded.report);
    const port = requestedPort(item, entry, reportItem);
    if (port === null) return [];
    const mappings = mapPort(port, service, request, reportItem).map((mapping) =>
      mapping.kind === 'docker' ? { ...mapping, requested: true as const } : mapping,
    );
    const message = nobodyReaches({ mappings });
    if (message !== null) {
      const at = request.at;
      reportItem({ code: 'mixed-families', severity: 'warning', message, at, hint: nobodyHint });
    }
    return mappings;
  });
  const more = bounded.more();
  if (more > 0) {
    const message = `container ${container.name}, label ${portsLabel}: ${more} more warnings are not shown`;
    report({ code: 'bad-port', severity: 'warning', message, at: request.at });
  }
  return mapped;
}

/** Warnings about one label that anybody reads: a hostile one may give half a million. */
const mostReported = 10;

/** A report that counts what comes after the first few. */
function atMost(most: number, report: Report) {
  let count = 0;
  const bounded: Report = (diagnostic) => {
    count += 1;
    if (count <= most) report(diagnostic);
  };
  return { report: bounded, more: () => Math.max(0, count - most) };
}

/** No port is as long; a message with all of a hostile label in it would be no help. */
const longestPort = 100;

function labelItems({ labels }: Container): readonly string[] {
  const items = (labels.get(portsLabel) ?? '').split(',');
  return items.map((item) => clip(item.trim(), longestPort));
}

/** Errors become warnings that name the container, and say what comes of it. */
function reportOn(item: string, { name }: Container, report: Report): Report {
  const where = `container ${name}, label ${portsLabel}, ${JSON.stringify(item)}`;
  return (diagnostic) => {
    const isError = diagnostic.severity === 'error';
    const message = `${where}: ${diagnostic.message}${isError ? '; this port is left out' : ''}`;
    report({ ...diagnostic, severity: 'warning', message });
  };
}

/** @returns null after having reported why the container cannot have this port */
function requestedPort(
  item: string,
  { at, extIf, addresses }: PublishEntry,
  report: Report,
): PublishedPort | null {
  const port = parsePublished(item);
  if ('problem' in port) {
    const { problem: message, hint } = port;
    report({ code: 'bad-port', severity: 'error', message, at, ...(hint && { hint }) });
    return null;
  }
  if (extIf !== null && port.host !== null && isLoopback(port.host)) {
    const message = `nothing for a loopback address comes in by ${extIf}`;
    report({ code: 'label-address', severity: 'error', message, at });
    return null;
  }
  if (mayName(port.host, addresses)) return port;
  const address = port.host?.text ?? '';
  report({
    code: 'label-address',
    severity: 'error',
    message: `the entry does not list host address ${address}`,
    at,
    hint: `if containers may take connections to it, add it to the entry: addresses: [${JSON.stringify(address)}]`,
  });
  return null;
}

/** Any other address would take what the host sends to others, or routes for them. */
function mayName(host: Address | null, addresses: PublishEntry['addresses']): boolean {
  if (host === null || isUnspecified(host) || ownLoopback.has(host.text)) return true;
  return addresses.some(({ value }) => value.text === host.text);
}

const ownLoopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

function reportNobody(entry: PublishEntry, { nearestName }: ContainerIndex, report: Report): void {
  const labelled = entry.from === 'labels' ? `with the label ${portsLabel} ` : '';
  const message = `the snapshot has no container ${labelled}that this entry means`;
  reportNothing(message, entry.at, nearestName(entry.select?.name ?? ''), report);
}

function reportNothing(message: string, at: Place, near: string | null, report: Report): void {
  const hint = near === null ? {} : { hint: `did you mean ${near}?` };
  report({ code: 'publishes-nothing', severity: 'warning', message, at, ...hint });
}
