// A table of fields for each section: it drives the decoder, the JSON Schema and the reference.
import type { Located } from '../diagnostic/source.ts';
import { type Fields, optional, required } from './field.ts';
import { listOf, networkList, ports, protocolList } from './lists.ts';
import { publishedPort } from './published.ts';
import type { Reader } from './reader.ts';
import { balanceModes, dockerUserPlaces, publishOrigins, whenStoppedModes } from './ruleset.ts';
import {
  address,
  choice,
  flag,
  interfaceName,
  label,
  mark,
  network,
  port,
  reference,
} from './scalars.ts';
import { selection } from './selection.ts';

/** The sections whose entries are mappings, in the order in which their rules are made. */
export type SectionName = 'dnat' | 'snat' | 'hairpin' | 'docker' | 'publish';

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

const intPort = optional(
  port,
  2525,
  'Other port inside; with a range, the first of a range of the same width.',
);

const extIf = optional(interfaceName, 'vmbr0', 'Incoming interface; a trailing + is a wildcard.');

export const dnatFields = {
  ext_ip: optional(
    address,
    '203.0.113.43',
    'Address that clients connect to. May be left out when ext_if is given.',
  ),
  int_ip: required(address, '10.0.0.101', 'Address behind it, of the same family.'),
  ports: required(ports, '25,465,8000-8010', portsDoc),
  proto: optional(protocolList, 'tcp', protocolDoc),
  ext_if: extIf,
  int_port: intPort,
  sources,
  local: optional(flag, true, 'Also for connections from this host itself. Default: false.'),
  ...common,
};

export const snatFields = {
  int_ip: optional(network, '10.0.0.0/24', 'Address or network inside.'),
  container: optional(
    reference,
    'my-nginx',
    'In place of int_ip: all addresses of a container, or of the containers of compose "project/service".',
  ),
  network: optional(
    reference,
    'shop_default',
    'In place of int_ip: all subnets of a Docker network.',
  ),
  ext_if: optional(
    interfaceName,
    'vmbr0',
    'Outgoing interface; a trailing + is a wildcard. Needed with int_ip; with container and network ' +
      'left out, every interface but that of the network itself.',
  ),
  ext_ip: optional(address, '203.0.113.43', 'Source address outside. Left out: MASQUERADE.'),
  ...common,
};

export const hairpinFields = {
  ext_ip: required(address, '203.0.113.43', 'External address that inside clients use.'),
  int_ip: required(address, '10.0.0.101', 'Address of the server, of the same family.'),
  ports: required(ports, [25, 465], portsDoc),
  proto: optional(protocolList, 'tcp', protocolDoc),
  int_port: intPort,
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
  balance: optional(
    choice(balanceModes),
    'round-robin',
    'Spreads new connections evenly over the containers of a compose service: by chance, or in turn.',
  ),
  when_stopped: optional(
    choice(whenStoppedModes),
    'omit',
    'omit leaves the entry out, with a warning, while the container is stopped. Default: error.',
  ),
  ext_if: extIf,
  sources,
  ...common,
};

export const publishFields = {
  from: required(
    choice(publishOrigins),
    'published',
    'published: the ports that docker run -p publishes, which natmap maps only where the engine makes no ' +
      'rules, and restricts to sources and ext_if; labels: what containers ask for with ' +
      'their label natmap.ports="8080:80,8443:443/tcp".',
  ),
  addresses: optional(
    listOf(address, 'addresses'),
    ['203.0.113.45'],
    'With from: labels: host addresses that a label may name. Others leave the port out with a warning. ' +
      'Default: 127.0.0.1 and ::1 only.',
  ),
  select: optional(
    selection,
    { name: 'web-*', project: 'shop', label: { env: 'prod' } },
    'Only containers of which all of this holds. Default: every container.',
  ),
  exclude: optional(
    selection,
    { name: 'web-debug' },
    'Not the containers of which all of this holds. Default: none is left out.',
  ),
  ext_if: optional(
    interfaceName,
    'vmbr0',
    'Only what comes in by this interface reaches the ports, also where Docker itself lets everyone in. ' +
      'A trailing + is a wildcard.',
  ),
  sources: optional(
    networkList,
    ['198.51.100.0/24'],
    'Only these networks reach the ports, also where Docker itself lets everyone in. Default: ' +
      'everyone does.',
  ),
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
  publish: {
    doc: 'Mappings made from the snapshot itself: ports that containers publish or ask for.',
    fields: publishFields,
  },
};

const engineFields = {
  accept_mark: optional(
    mark,
    '0x1000000/0x1000000',
    "The same as bridge-accept-fwmark in Docker's daemon.json, as MARK or MARK/MASK: natmap gives it to " +
      'the first packet of each connection that its mappings forward.',
  ),
};

const jumpFields = {
  docker_user: optional(
    choice(dockerUserPlaces),
    'first',
    "The place of the jump to natmap's accepts in DOCKER-USER. behind-drops (default): when it is made, behind " +
      'the rules there that drop or reject; then it stays where it is. first: before them, and kept there, so ' +
      'that they do not apply to what mappings let in.',
  ),
};

/** The sections that are settings, and the same for all files. */
export const settingSections = {
  engine: {
    doc: 'Settings for a Docker whose firewall-backend is nftables, where an accept of natmap is not final.',
    fields: engineFields,
  },
  jumps: {
    doc: "Where the jumps to natmap's chains stand among the rules of others.",
    fields: jumpFields,
  },
} as const;

/** The sections that are lists of names. */
export type NameSection = 'masquerade';

export const nameSections: Readonly<
  Record<NameSection, { doc: string; example: string; reader: Reader<Located<string>> }>
> = {
  masquerade: {
    doc:
      'Docker networks whose containers reach other hosts with an address of this one, for hosts ' +
      'whose Docker runs with "iptables": false.',
    example: 'shop_default',
    reader: reference,
  },
};
