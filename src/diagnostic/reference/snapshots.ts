// The snapshot, containers and networks.
import type { ReferenceEntries } from './entry.ts';

export const snapshotEntries = {
  'no-snapshot': {
    severity: 'error',
    says: 'A container or a network is meant, and there is no snapshot.',
    advice: 'Name one with `--docker FILE`, or ask the engine with `--docker live`.',
  },
  'snapshot-syntax': {
    severity: 'error',
    says: 'The snapshot is not JSON.',
    advice: 'Save what `docker inspect` prints.',
  },
  'snapshot-shape': {
    severity: 'error',
    says: 'The snapshot lacks a field, or has one of another type.',
    advice: 'Save what `docker inspect` prints.',
  },
  'unknown-container': {
    severity: 'error',
    says: 'The snapshot has no such container.',
    advice: 'Correct the name, or take a new snapshot.',
  },
  'ambiguous-container': {
    severity: 'error',
    says: 'An id prefix or a service means several containers.',
    advice: 'Name one of them, or spread connections over a service with `balance`.',
  },
  'unusable-container': {
    severity: 'error',
    says: 'The container is stopped, has no address that this host can forward to (macvlan, ipvlan, overlay, rootless), or uses host, none or container: networking; a warning where `publish` or `balance` meets it.',
    advice: 'Start it, map its peer, or give it a bridge network.',
  },
  'unknown-network': {
    severity: 'error',
    says: 'The container is not on that network, or the snapshot has no such network.',
    advice: 'Name one of its networks; the snapshot needs what `docker network inspect` prints.',
  },
  'ambiguous-network': {
    severity: 'error',
    says: 'The container is on several networks.',
    advice: 'Choose one with `network`.',
  },
  'implicit-network': {
    severity: 'warning',
    says: 'The container is on several networks, and the one with the highest gateway priority is taken.',
    advice: 'Choose one with `network`.',
  },
  'unusable-network': {
    severity: 'error',
    says: 'Nobody can be masqueraded there: the network is internal, or of a driver without a bridge on this host.',
    advice: 'Leave it out.',
  },
  'network-not-masqueraded': {
    severity: 'warning',
    says: 'A network under `masquerade` was made without `enable_ip_masquerade`, or is routed: its containers are let out, with their own addresses.',
    advice: 'Recreate the network, or translate with an `snat` entry.',
  },
  'routed-port-open': {
    severity: 'error',
    says: 'An entry names its sources, the gateway mode of the network is `routed`, so Docker opens the port of the container to everyone, and the snapshot lacks the network that is needed to restrict it.',
    advice:
      'Take the snapshot with `natmap snapshot`, or add what `docker network inspect` prints.',
  },
  'accept-mark-missing': {
    severity: 'error',
    says: 'Docker makes its rules with nftables and drops what goes to a port that it does not publish: an accept of natmap is not final there, so natmap has to mark the packets that Docker is to let in.',
    advice:
      'Set `accept_mark` under `engine` in rules.d, and the same as `bridge-accept-fwmark` in daemon.json.',
  },
  'publishes-nothing': {
    severity: 'warning',
    says: 'A publish entry that means no container, or containers that publish nothing.',
    advice: 'Fix `select` and `exclude`, or drop it.',
  },
} as const satisfies ReferenceEntries;
