// What a saved rule asks of a packet, and what becomes of one that fits. Reads any rule: what natmap
// does not understand of it is a condition that a packet may or may not fit.
import { type Network, parseNetwork } from '../net/address.ts';
import { isPortProblem, type PortRange, parsePortRange } from '../net/ports.ts';
import { savedWords } from './saved-words.ts';

export interface ReadRule {
  readonly conditions: readonly Condition[];
  readonly verdict: ReadVerdict;
}

export type Condition =
  | { readonly kind: Side; readonly inverted: boolean; readonly network: Network }
  | { readonly kind: 'in' | 'out'; readonly inverted: boolean; readonly name: string }
  | { readonly kind: 'protocol'; readonly inverted: boolean; readonly name: string }
  | { readonly kind: PortCondition; readonly inverted: boolean; readonly ports: PortRange[] }
  | { readonly kind: SetCondition; readonly inverted: boolean; readonly values: readonly string[] }
  | { readonly kind: 'unknown' };

type Side = 'source' | 'destination';

/** `original`: the port before any translation, as conntrack remembers it. */
type PortCondition = 'destination-ports' | 'original-ports';

/** conntrack's states and directions, and addrtype's types of the destination. */
type SetCondition = 'states' | 'direction' | 'destination-types';

type ReadVerdict =
  /** `options` are the target's own words. */
  | {
      readonly kind: 'jump' | 'goto';
      readonly target: string;
      readonly options: readonly string[];
    }
  /** A rule that only counts. */
  | { readonly kind: 'none' };

/** Reads the text of a rule as iptables-save prints it, without `-A CHAIN`. */
export function readConditions(spec: string): ReadRule {
  const words = savedWords(spec);
  const conditions: Condition[] = [];
  let inverted = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const value = words[index + 1] ?? '';
    if (word === '!') {
      inverted = true;
      continue;
    }
    if (word === '-j' || word === '-g') {
      const kind = word === '-j' ? 'jump' : 'goto';
      return { conditions, verdict: { kind, target: value, options: words.slice(index + 2) } };
    }
    const read = readers.get(word);
    const condition = read === undefined ? unknown : read(value, inverted);
    if (condition !== null) conditions.push(condition);
    if (read !== undefined) index++;
    inverted = false;
  }
  return { conditions, verdict: { kind: 'none' } };
}

/** The condition of an option and its value, or null when it asks nothing of a packet. */
type Reader = (value: string, inverted: boolean) => Condition | null;

const unknown: Condition = { kind: 'unknown' };

/** Matches that ask by their options only; others, as socket and rpfilter, ask by being there. */
const asksByOptions: ReadonlySet<string> = new Set([
  ...['tcp', 'udp', 'sctp', 'multiport', 'conntrack', 'state', 'addrtype', 'comment'],
]);

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['-m', (name) => (asksByOptions.has(name) ? null : unknown)],
  ['--comment', () => null],
  ['-s', ofNetwork('source')],
  ['-d', ofNetwork('destination')],
  ['-i', (name, inverted) => ({ kind: 'in', inverted, name })],
  ['-o', (name, inverted) => ({ kind: 'out', inverted, name })],
  ['-p', (name, inverted) => ({ kind: 'protocol', inverted, name })],
  ['--dport', ofPorts('destination-ports')],
  ['--dports', ofPorts('destination-ports')],
  ['--ctorigdstport', ofPorts('original-ports')],
  ['--ctstate', ofSet('states')],
  ['--state', ofSet('states')],
  ['--ctdir', ofSet('direction')],
  ['--dst-type', ofSet('destination-types')],
]);

function ofNetwork(kind: Side): Reader {
  return (value, inverted) => {
    const network = parseNetwork(value);
    return network === null ? unknown : { kind, inverted, network };
  };
}

function ofPorts(kind: PortCondition): Reader {
  return (value, inverted) => {
    const ports = value.split(',').map(parsePortRange);
    const good = ports.filter((range): range is PortRange => !isPortProblem(range));
    return good.length < ports.length ? unknown : { kind, inverted, ports: good };
  };
}

function ofSet(kind: SetCondition): Reader {
  return (value, inverted) => ({ kind, inverted, values: value.split(',') });
}
