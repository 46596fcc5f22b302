// What a template sees of a mapping: flat names with text in them, null where there is nothing.
// Every value but `comment` and `name` is one safe iptables word, or words, by its type.
import type {
  DnatMapping,
  DockerMapping,
  HairpinMapping,
  Mapping,
  Origin,
  SnatMapping,
} from '../compile/mapping.ts';
import { formatNetworkShort, isLoopback, type Network, withPort } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatPorts, type PortRange, samePorts } from '../net/ports.ts';
import type { Protocol } from '../net/protocol.ts';
import { boundedComment } from './comment.ts';
import { type Group, groupPorts, portsOf } from './groups.ts';

export type Value = string | boolean | null;

/** One rendering of one template. */
export interface View {
  readonly template: TemplateName;
  /** Null for what no single entry asked for. */
  readonly origin: Origin | null;
  /** The mappings that its rules are for; none where there is no origin. */
  readonly serves: readonly Mapping[];
  readonly values: Readonly<Record<string, Value>>;
}

/** The names that each template may use; a test holds the views against them. */
export const templateNames = {
  replies: ['family', 'comment'],
  dnat: [
    ...['family', 'name', 'comment', 'proto', 'source', 'ext', 'ext_if', 'ext_match', 'int'],
    ...['int_match', 'to', 'local', 'loopback_net'],
  ],
  snat: ['family', 'name', 'comment', 'int', 'ext_if', 'ext'],
  hairpin: [
    ...['family', 'name', 'comment', 'proto', 'lan', 'ext', 'ext_match', 'int', 'int_match'],
    'to',
  ],
  docker: [
    ...['family', 'name', 'comment', 'proto', 'source', 'host', 'loopback', 'loopback_net'],
    ...['ext_match', 'int', 'int_match', 'to'],
  ],
  refuse: ['family', 'name', 'comment', 'proto', 'int', 'int_port', 'host_port'],
} as const;

export type TemplateName = keyof typeof templateNames;

const loopbackNet: Readonly<Record<Family, string>> = { ipv4: '127.0.0.0/8', ipv6: '::1' };

/** The views of one family in the order of their rules: replies, then mappings, then refusals. */
export function viewsOf(mappings: readonly Mapping[], family: Family): View[] {
  const ours = mappings.filter((mapping) => mapping.family === family);
  const ofKind = <K extends Mapping['kind']>(kind: K) =>
    ours.filter((mapping): mapping is Extract<Mapping, { kind: K }> => mapping.kind === kind);
  return [
    ...(ours.some(accepts) ? [repliesView(family)] : []),
    ...groupPorts(ofKind('dnat')).flatMap(dnatViews),
    ...ofKind('snat').map(snatView),
    ...groupPorts(ofKind('hairpin')).map(hairpinView),
    ...ofKind('docker').flatMap(dockerViews),
    ...ofKind('docker').flatMap(refuseViews),
  ];
}

function accepts(mapping: Mapping): boolean {
  if (mapping.kind === 'snat') return false;
  return mapping.kind !== 'docker' || !(isOnLoopback(mapping) || mapping.sources?.length === 0);
}

function repliesView(family: Family): View {
  const values = { family, comment: 'natmap:replies' };
  return { template: 'replies', origin: null, serves: [], values };
}

function dnatViews(group: Group<DnatMapping>): View[] {
  const [mapping] = group;
  const ports = portsOf(group);
  const { family, origin, protocol, extIf, int } = mapping;
  const ext = mapping.ext?.text ?? null;
  return eachSource(mapping.sources).map((source) => ({
    template: 'dnat',
    origin,
    serves: group,
    values: {
      family,
      name: origin.name,
      comment: comment('dnat', ext ?? extIf ?? '*', portList(ports)),
      proto: protocol,
      source,
      ext,
      ext_if: extIf,
      ext_match: portMatch(protocol, ports),
      int: int.text,
      int_match: portMatch(protocol, ports.length > 1 ? ports : [mapping.intPorts]),
      to: ports.length > 1 ? int.text : destination(mapping),
      local: mapping.local,
      loopback_net: loopbackNet[family],
    },
  }));
}

function snatView(mapping: SnatMapping): View {
  const { family, origin, int, extIf, ext } = mapping;
  const inside = formatNetworkShort(int);
  return {
    template: 'snat',
    origin,
    serves: [mapping],
    values: {
      family,
      name: origin.name,
      comment: comment('snat', inside, ext?.text ?? 'masquerade'),
      int: inside,
      ext_if: extIf,
      ext: ext?.text ?? null,
    },
  };
}

function hairpinView(group: Group<HairpinMapping>): View {
  const [{ family, origin, protocol, ext, int, lan }] = group;
  const ports = portsOf(group);
  return {
    template: 'hairpin',
    origin,
    serves: group,
    values: {
      family,
      name: origin.name,
      comment: comment('hairpin', ext.text, int.text, portList(ports)),
      proto: protocol,
      lan: lan === null ? null : formatNetworkShort(lan),
      ext: ext.text,
      ext_match: portMatch(protocol, ports),
      int: int.text,
      int_match: portMatch(protocol, ports),
      to: int.text,
    },
  };
}

function dockerViews(mapping: DockerMapping): View[] {
  const { family, origin, protocol, ext, int, ports, intPorts } = mapping;
  return eachSource(mapping.sources).map((source) => ({
    template: 'docker',
    origin,
    serves: [mapping],
    values: {
      family,
      name: origin.name,
      comment: dockerComment(mapping, formatPorts(ports, '-')),
      proto: protocol,
      source,
      host: ext?.text ?? null,
      loopback: isOnLoopback(mapping),
      loopback_net: loopbackNet[family],
      ext_match: portMatch(protocol, [ports]),
      int: int.text,
      int_match: portMatch(protocol, [intPorts]),
      to: destination(mapping),
    },
  }));
}

function refuseViews(mapping: DockerMapping): View[] {
  const { family, origin, protocol, int } = mapping;
  return mapping.published.map(({ hostPort, containerPort }) => ({
    template: 'refuse',
    origin,
    serves: [mapping],
    values: {
      family,
      name: origin.name,
      comment: dockerComment(mapping, String(hostPort)),
      proto: protocol,
      int: int.text,
      int_port: String(containerPort),
      host_port: String(hostPort),
    },
  }));
}

function isOnLoopback({ ext }: DockerMapping): boolean {
  return ext !== null && isLoopback(ext);
}

function eachSource(sources: readonly Network[] | null): readonly (string | null)[] {
  return sources === null ? [null] : sources.map(formatNetworkShort);
}

function comment(...parts: readonly string[]): string {
  return boundedComment(['natmap', ...parts].join(':'));
}

function dockerComment({ service, protocol }: DockerMapping, hostPorts: string): string {
  return comment('docker', service, `${hostPorts}/${protocol}`);
}

function portList(ports: readonly PortRange[]): string {
  return ports.map((range) => formatPorts(range, '-')).join(',');
}

function portMatch(protocol: Protocol, ports: readonly PortRange[]): string {
  const text = ports.map((range) => formatPorts(range, ':')).join(',');
  return ports.length > 1 ? `-m multiport --dports ${text}` : `-m ${protocol} --dport ${text}`;
}

/**
 * The target of a single port or range. A range that keeps its ports needs none named: the kernel
 * may pick another port of a range that is named when the first is taken. A shifted range names the
 * port that its first one stands for (`PORT-PORT/BASE`, iptables-extensions(8)): without it every
 * connection would go to the first port.
 */
function destination({ int, ports, intPorts }: DnatMapping | DockerMapping): string {
  if (intPorts.first === intPorts.last) return withPort(int, String(intPorts.first));
  if (samePorts(ports, intPorts)) return int.text;
  return withPort(int, `${formatPorts(intPorts, '-')}/${ports.first}`);
}
