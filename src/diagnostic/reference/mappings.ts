// Entries and mappings beside each other.
import type { ReferenceEntries } from './entry.ts';

export const mappingEntries = {
  conflict: {
    severity: 'error',
    says: 'Two mappings claim the same connections and lead them to different places.',
    advice: 'Drop one, or give it other ports, sources or interfaces.',
  },
  'duplicate-mapping': {
    severity: 'warning',
    says: 'A mapping that is there already; it is left out.',
    advice: 'Drop it.',
  },
  'label-conflict': {
    severity: 'warning',
    says: 'A label asks for a port that an entry has, or that another container asked for before: the port of the label is left out.',
    advice:
      'Change the label, or spread a service over its containers with a `docker` entry and `balance`.',
  },
  'label-address': {
    severity: 'warning',
    says: 'A label names a host address that the entry does not list under `addresses`: its port is left out.',
    advice:
      'List the address under `addresses` of the entry if containers may take connections to it.',
  },
  'internal-network': {
    severity: 'warning',
    says: 'A container is on internal networks only. It has no default route, so it cannot answer connections through a mapping.',
    advice: 'Add the container to a network that is not internal.',
  },
  'local-overlap': {
    severity: 'warning',
    says: 'Two mappings differ in their sources, and connections of this host itself, which no source tells apart, go to the first of them.',
    advice:
      'Put the one that this host is to use first, or give one of them another host address or port; a `dnat` entry can be without `local`.',
  },
  'published-port-overlap': {
    severity: 'warning',
    says: 'A mapping takes a port that a running container publishes.',
    advice: 'Choose another port, or stop publishing it.',
  },
  'loopback-unreachable': {
    severity: 'warning',
    says: 'A mapping on ::1, which cannot leave the host: IPv6 has no `route_localnet`.',
    advice: 'Use 127.0.0.1 or an address of the host.',
  },
  'hairpin-hides-clients': {
    severity: 'warning',
    says: 'Without `lan_cidr`, or with one of every address, every source is masqueraded, and the server sees no client address.',
    advice: 'Name the clients with `lan_cidr`.',
  },
  shadowed: {
    severity: 'warning',
    only: 'check',
    says: 'An earlier mapping or SNAT entry takes all connections of this one, so it never counts.',
    advice: 'Drop it, or put it before the earlier one.',
  },
  'open-admin-port': {
    severity: 'warning',
    only: 'check',
    says: 'A port of an administration service or a database is open to more clients than a /8 of IPv4 or a /16 of IPv6 holds.',
    advice: 'Name the clients with `sources`.',
  },
  'omitted-entry': {
    severity: 'warning',
    says: 'The container of an entry with `when_stopped: omit` is stopped, and the entry is left out.',
    advice: 'Start the container, take the snapshot again, and apply.',
  },
  'missing-network': {
    severity: 'error',
    says: 'A container is on a network that the snapshot does not hold. An entry maps a port to it, and the driver of the network decides whether that works (the default networks and those of compose are of the driver bridge); or `sources` restrict a port, and the subnets of the network tell which direct routes to close. For a label it is a warning.',
    advice:
      'Take the snapshot with `natmap snapshot`, or add what `docker network inspect NAME` prints.',
  },
} as const satisfies ReferenceEntries;
