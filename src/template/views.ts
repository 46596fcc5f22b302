// What a template sees of a mapping: flat names with text in them, null where there is nothing.
// Every value but `comment` and `name` is one safe iptables word, or words, by its type.
import {
  type DnatMapping,
  type HairpinMapping,
  isForward,
  type Mapping,
  type Origin,
} from '../compile/mapping.ts';
import { formatNetworkShort } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { formatMark, type Mark } from '../net/mark.ts';
import { samePorts } from '../net/ports.ts';
import { dockerViews, isOnLoopback } from './docker-views.ts';
import { type Group, groupPorts, portsOf } from './groups.ts';
import { isolationView, masqueradeViews, snatView } from './outbound-views.ts';
import { restrictionViews } from './restriction-views.ts';
import {
  comment,
  destination,
  eachSource,
  loopbackNet,
  portList,
  portMatch,
} from './view-words.ts';

type Value = string | boolean | null;

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
  snat: ['family', 'name', 'comment', 'int', 'ext_if', 'except_if', 'ext'],
  hairpin: [
    ...['family', 'name', 'comment', 'proto', 'lan', 'ext', 'ext_match', 'int', 'int_match'],
    'to',
  ],
  docker: [
    ...['family', 'name', 'comment', 'proto', 'source', 'host', 'ext_if', 'loopback'],
    ...[
      'loopback_net',
      'published',
      'except_if',
      'ext_match',
      'share_match',
      'int',
      'int_match',
      'to',
    ],
  ],
  restrictions: ['family', 'comment'],
  exempt: [
    ...['family', 'name', 'comment', 'proto', 'source', 'ext', 'ext_if', 'ext_match', 'local'],
  ],
  restrict: [
    ...[
      'family',
      'name',
      'comment',
      'proto',
      'chain',
      'host',
      'ext_match',
      'own_match',
      'multicast',
    ],
  ],
  'restrict-direct': ['family', 'name', 'comment', 'proto', 'chain', 'subnet', 'int_match'],
  restriction: ['family', 'name', 'comment', 'chain', 'source', 'ext_if', 'bridge'],
  mark: ['family', 'name', 'comment', 'proto', 'source', 'int', 'int_match', 'mark'],
  isolation: ['family', 'name', 'comment', 'bridge'],
  masquerade: ['family', 'name', 'comment', 'subnet', 'bridge', 'isolated', 'translated'],
} as const;

export type TemplateName = keyof typeof templateNames;

/**
 * The views of one family in the order of their rules.
 *
 * @param acceptMark what packets that mappings forward are marked with, or null
 */
export function viewsOf(
  mappings: readonly Mapping[],
  family: Family,
  acceptMark: Mark | null = null,
): View[] {
  const ours = mappings.filter((mapping) => mapping.family === family);
  const ofKind = <K extends Mapping['kind']>(kind: K) =>
    ours.filter((mapping): mapping is Extract<Mapping, { kind: K }> => mapping.kind === kind);
  const dnats = groupPorts(ofKind('dnat')).flatMap(dnatViews);
  const hairpins = groupPorts(ofKind('hairpin')).map(hairpinView);
  const dockers = ofKind('docker').flatMap(dockerViews);
  return [
    ...(ours.some(accepts) ? [repliesView(family)] : []),
    ...dnats,
    ...ofKind('snat').map(snatView),
    ...hairpins,
    ...dockers,
    ...(acceptMark === null ? [] : markViews([...dnats, ...hairpins, ...dockers], acceptMark)),
    ...restrictionViews(ofKind('restriction'), ours.filter(isForward), family),
    ...ofKind('isolation').map(isolationView),
    ...ofKind('masquerade').flatMap(masqueradeViews),
  ];
}

function accepts(mapping: Mapping): boolean {
  switch (mapping.kind) {
    case 'dnat':
    case 'hairpin':
    case 'masquerade':
      return true;
    case 'docker':
      return !isOnLoopback(mapping) && mapping.sources?.length !== 0;
    case 'snat':
    case 'restriction':
    case 'isolation':
      return false;
  }
}

/**
 * A mark for whatever the views let in. The engine accepts itself what it publishes itself, and what comes
 * in on loopback is not forwarded.
 */
function markViews(views: readonly View[], acceptMark: Mark): View[] {
  return views
    .filter(({ values: { published, loopback } }) => published !== true && loopback !== true)
    .map(({ origin, serves, values }) => {
      const { family, name, comment: said, proto, source, lan, int, int_match } = values;
      const from = source ?? lan ?? null;
      const mark = formatMark(acceptMark);
      return {
        template: 'mark',
        origin,
        serves,
        values: orNull({ family, name, comment: said, proto, source: from, int, int_match, mark }),
      };
    });
}

function orNull(values: Readonly<Record<string, Value | undefined>>): View['values'] {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? null]));
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

function hairpinView(group: Group<HairpinMapping>): View {
  const [mapping] = group;
  const { family, origin, protocol, ext, int, lan } = mapping;
  const ports = portsOf(group);
  const isShifted = !samePorts(mapping.ports, mapping.intPorts);
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
      int_match: portMatch(protocol, isShifted ? [mapping.intPorts] : ports),
      to: isShifted ? destination(mapping) : int.text,
    },
  };
}
