// The texts of rules.d: YAML, keys and values.
import type { ReferenceEntries } from './entry.ts';

export const rulesFileEntries = {
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
} as const satisfies ReferenceEntries;
