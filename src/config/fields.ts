// A table of fields for each entry kind: it drives the decoder, the JSON Schema and the reference.
import { listOf, networkList, ports, protocolList } from './lists.ts';
import { publishedPort } from './published.ts';
import type { Reader } from './reader.ts';
import { address, flag, interfaceName, label, network, port, reference } from './scalars.ts';

/** One key of an entry. `example` is a value as it would stand in JSON. */
export interface Field<T> {
  readonly reader: Reader<T>;
  readonly required: boolean;
  readonly doc: string;
  readonly example: unknown;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What an entry of these fields decodes to: absent keys are undefined. */
export type Decoded<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T | undefined : never;
};

/** The sections of a rules.d file, in the order in which their rules are made. */
export type SectionName = 'dnat' | 'snat' | 'hairpin' | 'docker';

function required<T>(reader: Reader<T>, example: unknown, doc: string): Field<T> {
  return { reader, required: true, doc, example };
}

function optional<T>(reader: Reader<T>, example: unknown, doc: string): Field<T> {
  return { reader, required: false, doc, example };
}

const common = {
  name: optional(label, 'mail', 'A label of your own, shown in listings.'),
  enabled: optional(flag, true, 'false leaves the entry out. Default: true.'),
};

const sources = optional(
  networkList,
  ['198.51.100.0/24'],
  'Only connections from these networks. Default: from everywhere.',
);

const portsDoc =
  'Ports seen from outside: a number, text, or a list of either; a-b and a:b are ranges.';

const protocolDoc = 'tcp, udp, sctp, or a list of them. Default: tcp.';

export const dnatFields = {
  ext_ip: optional(
    address,
    '203.0.113.43',
    'Address that clients connect to. May be left out when ext_if is given.',
  ),
  int_ip: required(address, '10.0.0.101', 'Address behind it, of the same family.'),
  ports: required(ports, '25,465,8000-8010', portsDoc),
  proto: optional(protocolList, 'tcp', protocolDoc),
  ext_if: optional(interfaceName, 'vmbr0', 'Incoming interface; a trailing + is a wildcard.'),
  int_port: optional(
    port,
    2525,
    'Other port inside; with a range, the first of a range of the same width.',
  ),
  sources,
  local: optional(flag, true, 'Also for connections from this host itself. Default: false.'),
  ...common,
};

export const snatFields = {
  int_ip: required(network, '10.0.0.0/24', 'Address or network inside.'),
  ext_if: required(interfaceName, 'vmbr0', 'Outgoing interface; a trailing + is a wildcard.'),
  ext_ip: optional(address, '203.0.113.43', 'Source address outside. Left out: MASQUERADE.'),
  ...common,
};

export const hairpinFields = {
  ext_ip: required(address, '203.0.113.43', 'External address that inside clients use.'),
  int_ip: required(address, '10.0.0.101', 'Address of the server, of the same family.'),
  ports: required(ports, [25, 465], portsDoc),
  proto: optional(protocolList, 'tcp', protocolDoc),
  lan_cidr: optional(
    network,
    '10.0.0.0/24',
    'The clients that use the external address from inside. Left out: only the server itself is ' +
      'redirected, and every source is masqueraded, so the server sees no client address.',
  ),
  ...common,
};

export const dockerFields = {
  container: optional(
    reference,
    'my-nginx',
    'A container: its name, its id or the unique prefix of one, or compose "project/service".',
  ),
  target_ip: optional(
    address,
    '10.0.0.9',
    'Address of a service that is no container; excludes container.',
  ),
  network: optional(
    reference,
    'frontend',
    'Docker network whose address is meant; needed when the container has several.',
  ),
  ports: required(
    listOf(publishedPort, 'ports'),
    ['8080:80', '100.64.0.10:8443:443/tcp', '[2001:db8::1]:53:53/udp', 9000, '7000-7009:7000-7009'],
    "Docker's syntax: [HOST_IP:]HOST_PORT[:CONTAINER_PORT][/PROTO].",
  ),
  sources,
  ...common,
};

export const sections: Readonly<Record<SectionName, { doc: string; fields: Fields }>> = {
  dnat: {
    doc: 'Connections to an external address and port go to an internal one.',
    fields: dnatFields,
  },
  snat: {
    doc: 'Connections from inside leave with an external address.',
    fields: snatFields,
  },
  hairpin: {
    doc: 'Inside clients reach an inside server by its external address.',
    fields: hairpinFields,
  },
  docker: {
    doc: 'Host ports lead to a container, or to another address.',
    fields: dockerFields,
  },
};

/** Keys of the file format that this version does not compile yet. */
export const laterKeys: ReadonlySet<string> = new Set([
  'publish',
  'masquerade',
  'vars',
  'hosts',
  'balance',
]);
