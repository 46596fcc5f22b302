// Every diagnostic that natmap knows, by its stable code: the one source of docs/diagnostics.md, of the
// rules in SARIF, and of the hint where a place has none of its own.

export interface ReferenceEntry {
  readonly severity: 'error' | 'warning';
  /** Lint, which the other commands keep quiet about. */
  readonly only?: 'check';
  /** What the code stands for, in Markdown. */
  readonly says: string;
  /** What would be right, in Markdown. */
  readonly advice: string;
}

const entries = {
  'yaml-syntax': {
    severity: 'error',
    says: 'The file is not YAML 1.2, or holds several documents or a key twice.',
    advice: 'Fix the line; keep one document a file.',
  },
  'yaml-feature': {
    severity: 'error',
    says: 'An anchor, an alias or a tag: with them a value is not what stands on its line.',
    advice: 'Write the value out.',
  },
  'unknown-key': {
    severity: 'error',
    says: 'A key that natmap does not know: a misspelt one must not be ignored.',
    advice: 'Correct the name; `natmap schema` knows all keys.',
  },
  'missing-key': {
    severity: 'error',
    says: 'A key that the entry needs is not there.',
    advice: 'Add the key.',
  },
  'excluded-key': {
    severity: 'error',
    says: 'Two keys of one entry exclude each other.',
    advice: 'Keep one.',
  },
  'unsupported-key': {
    severity: 'error',
    says: 'A key of the file format that this version does not compile yet.',
    advice: 'Leave it out.',
  },
  'wrong-type': {
    severity: 'error',
    says: 'A list where one value is meant, a number where text is meant, or nothing at all.',
    advice: 'Write what is expected; put text in quotes.',
  },
  'bad-address': {
    severity: 'error',
    says: 'Not an IP address: a host name, a leading zero, a prefix, or an address that stands for all.',
    advice: 'Write dotted decimal without leading zeros, or IPv6.',
  },
  'bad-network': {
    severity: 'error',
    says: 'Not an address or network.',
    advice: 'Write it as in `10.0.0.0/24`.',
  },
  'bad-mark': {
    severity: 'error',
    says: 'Not a mark that a packet can have, or 0, which packets have that nobody marked.',
    advice: 'Write it as in `0x1000000/0x1000000`.',
  },
  'conflicting-setting': {
    severity: 'error',
    says: 'Two files set one thing differently.',
    advice: 'Keep one.',
  },
  'bad-port': {
    severity: 'error',
    says: 'Not a port or range from 1 to 65535, or a range that does not fit inside; a warning in a label `natmap.ports`, whose port is left out.',
    advice: "Write `25`, `8000-8010`, or Docker's `[HOST_IP:]HOST_PORT[:CONTAINER_PORT][/PROTO]`.",
  },
  'bad-protocol': {
    severity: 'error',
    says: 'A protocol without ports, or none at all.',
    advice: 'Write `tcp`, `udp` or `sctp`.',
  },
  'bad-interface': {
    severity: 'error',
    says: 'No interface can have this name.',
    advice: 'Use at most 15 bytes; a trailing `+` is a wildcard.',
  },
  'invalid-text': {
    severity: 'error',
    says: "Empty text, or text with characters that could draw on a reviewer's screen.",
    advice: 'Use plain text on one line.',
  },
  'bad-choice': {
    severity: 'error',
    says: 'A word that is none of those that can stand here.',
    advice: 'Write one of the words that the message names.',
  },
  'mixed-families': {
    severity: 'error',
    says: 'IPv4 on one side and IPv6 on the other; a warning where it is a port that no source of the entry reaches.',
    advice: 'Give both sides addresses of one family: NAT does not cross families.',
  },
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
  'writable-rules': {
    severity: 'warning',
    only: 'check',
    says: 'Everyone on this host can write to the rules folder or to a file in it.',
    advice: 'Take the right away with `chmod o-w`.',
  },
  'ignored-file': {
    severity: 'warning',
    says: 'A file in the rules or templates folder that is not read.',
    advice: 'Rename or move it.',
  },
  'unreadable-file': {
    severity: 'error',
    says: 'A file in the rules folder cannot be read, is a symbolic link that leads out of the folder, or is not UTF-8 text.',
    advice: 'Change its permissions or its encoding, or put the file itself there.',
  },
  'no-rules': {
    severity: 'error',
    says: 'The rules folder is missing, has no `.yaml` files, or no entry in them counts: an empty rule set would remove every rule of natmap.',
    advice: 'Name a folder with `--rules DIR`, or add `--allow-empty`.',
  },
  'shared-rules': {
    severity: 'error',
    says: 'A command that changes the host would take the `rules.d` of the current folder by default, and group or others can write to it or to a file in it.',
    advice:
      'Take the right away with `chmod -R go-w rules.d`, or name the folder with `--rules rules.d`.',
  },
  'closed-to-unit': {
    severity: 'warning',
    says: 'Root reads a file of /etc/natmap, a template or a snapshot that natmap.service cannot read at boot: the unit runs without the capability to read files of other users, and sees no home.',
    advice: 'Make root the owner with `chown root`, or put the file below /etc/natmap.',
  },
  'too-many-rules': {
    severity: 'error',
    says: 'The ports and sources of the entries make more rules than natmap compiles.',
    advice: 'Use port ranges, wider networks, or an ipset in a template of your own.',
  },
  'too-many-errors': {
    severity: 'error',
    says: 'There are more errors than are shown.',
    advice: 'Fix those above first.',
  },
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
  'template-error': {
    severity: 'error',
    says: 'The template cannot be parsed or rendered.',
    advice: 'Fix it at the place named.',
  },
  'template-unknown-name': {
    severity: 'error',
    says: 'A variable or filter that no template has.',
    advice: 'Correct the name.',
  },
  'template-outside': {
    severity: 'error',
    says: "A template printed a rule for a chain that is not natmap's.",
    advice: 'Use only `NATMAP` and `NATMAP-*`.',
  },
  'template-rule': {
    severity: 'error',
    says: 'A template printed something that is no rule.',
    advice: 'Print `-A CHAIN …` below `*mangle`, `*filter` or `*nat`.',
  },
  'kernel-rejected': {
    severity: 'error',
    says: 'With `check --kernel`: iptables or the kernel refuses a rule, or prints it otherwise than planned.',
    advice: 'Fix the template that printed it, or install what is missing.',
  },
  'kernel-untried': {
    severity: 'warning',
    says: 'With `check --kernel`: a rule needs an ipset or the like, which a throwaway namespace has not.',
    advice: 'Try it with `apply`, which tests it on the host.',
  },
  'kernel-unavailable': {
    severity: 'error',
    says: 'With `check --kernel`: there is no iptables, or no network namespace is available.',
    advice: 'Run it as root, or where users may have namespaces.',
  },
} as const satisfies Readonly<Record<string, ReferenceEntry>>;

/** Stable names of what can be wrong. */
export type DiagnosticCode = keyof typeof entries;

export const reference: Readonly<Record<DiagnosticCode, ReferenceEntry>> = entries;

export const diagnosticCodes = Object.keys(entries) as readonly DiagnosticCode[];

/** What would be right, as a hint: `write the value out`. */
export function adviceOn(code: DiagnosticCode): string {
  const { advice } = reference[code];
  return `${advice.charAt(0).toLowerCase()}${advice.slice(1).replace(/\.$/, '')}`;
}
