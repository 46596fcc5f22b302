// What one rule of ours claims: which connections it takes, and where it leads them.
import { isOwnedChain } from '../iptables/owned.ts';
import { parseRule } from '../iptables/rule.ts';
import type { Negatable, RuleParts, Use } from '../iptables/rule-parts.ts';
import { savedWords } from '../iptables/saved-words.ts';
import { formatNetwork, type Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { highestPort, isPortProblem, type PortRange, parsePortRange } from '../net/ports.ts';
import { isProtocol, type Protocol, protocols } from '../net/protocol.ts';
import { type Destination, readDestination } from './destination.ts';

/** Which connections are meant, but for their protocol and port; null stands for all. */
export interface Door {
  /** `local`: the addresses of this host; `outer`: those of them that are not loopback. */
  readonly ext: Network | 'local' | 'outer' | null;
  readonly inInterface: string | null;
  readonly source: Network | null;
}

export interface Claim {
  readonly door: Door;
  readonly protocols: readonly Protocol[];
  readonly ports: readonly PortRange[];
  /** Whether more is asked than this says, so that the rules behind it count as well. */
  readonly isConditional: boolean;
  /** Null where the connection is left as it is, or comes to nobody. */
  readonly to: Destination | null;
  /** The rule, for those who want to know where it comes from. */
  readonly rule: { readonly chain: string; readonly spec: string };
}

export type Reading =
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'jump'; readonly chain: string; readonly isConditional: boolean }
  /** It decides nothing. */
  | { readonly kind: 'nothing' }
  /** It cannot be put into words. */
  | { readonly kind: 'unclear' };

/** Reads a rule of one of our chains, or one of ours in another chain. */
export function readRule(chain: string, spec: string, family: Family): Reading {
  const rule = parseRule(savedWords(spec), family, isOwnedChain);
  if (rule.kind !== 'known') return { kind: 'unclear' };
  const { parts } = rule;
  const { verdict } = parts;
  if (verdict === null) return { kind: 'nothing' };
  if (verdict.kind !== 'target') {
    return { kind: 'jump', chain: verdict.chain, isConditional: asksAnything(parts) };
  }
  const to = destinationOf(verdict.use, family);
  const claimed = conditionsOf(parts);
  if (to === undefined || claimed.protocols.length === 0) return { kind: 'unclear' };
  return { kind: 'claim', claim: { ...claimed, to, rule: { chain, spec } } };
}

/** @returns null when the connection stays as it is or comes to nobody, undefined when the target is none of these */
function destinationOf(
  { extension: { name }, options }: Use,
  family: Family,
): Destination | null | undefined {
  if (name === 'ACCEPT' || name === 'RETURN') return null;
  for (const [{ names }, { value }] of options) {
    if (names[0] !== '--to-destination') continue;
    return readDestination(value, family);
  }
  return undefined;
}

function asksAnything(parts: RuleParts): boolean {
  const { sources, destinations, inInterface, outInterface, protocol, matches } = parts;
  return (
    sources.length > 0 ||
    destinations.length > 0 ||
    [inInterface, outInterface, protocol].some((part) => part !== null) ||
    matches.some(({ extension }) => extension.name !== 'comment')
  );
}

type Conditions = Omit<Claim, 'to' | 'rule'>;

/** What is asked of a packet; what has no place in a claim makes it conditional. */
function conditionsOf(parts: RuleParts): Conditions {
  const asked = parts.matches.flatMap(asks);
  const ports = asked.find(({ ports: ranges }) => ranges !== null);
  const local = asked.find(({ isLocal }) => isLocal);
  const { inInterface, outInterface, protocol } = parts;
  const [source] = parts.sources;
  const external = externalOf(parts.destinations[0], local !== undefined);
  const inverted = [source, inInterface, protocol].some((part) => part?.inverted);
  return {
    protocols: isOneProtocol(protocol) ? [protocol.value].filter(isProtocol) : protocols,
    ports: ports?.ports ?? [{ first: 1, last: highestPort }],
    door: {
      ext: external.ext,
      inInterface: upright(inInterface),
      source: upright(source),
    },
    isConditional:
      inverted ||
      external.isConditional ||
      outInterface !== null ||
      asked.some((each) => each !== ports && each !== local),
  };
}

interface Asked {
  /** The destination ports that are asked for, or null when it is something else. */
  readonly ports: readonly PortRange[] | null;
  readonly isLocal: boolean;
}

function asks({ extension, options }: Use): Asked[] {
  if (extension.name === 'comment') return [];
  return [...options].map(([{ names }, { inverted, value }]) => {
    const isPorts = !inverted && (names[0] === '--dport' || names[0] === '--dports');
    const isLocal = !inverted && names[0] === '--dst-type' && value === 'LOCAL';
    return { ports: isPorts ? readPorts(value) : null, isLocal };
  });
}

function readPorts(text: string): readonly PortRange[] | null {
  const ranges = text.split(',').map(parsePortRange);
  const good = ranges.filter((range): range is PortRange => !isPortProblem(range));
  return good.length === ranges.length ? good : null;
}

function externalOf(
  destination: Negatable<Network> | undefined,
  isLocal: boolean,
): { readonly ext: Door['ext']; readonly isConditional: boolean } {
  if (!isLocal) return { ext: upright(destination), isConditional: destination?.inverted === true };
  if (destination === undefined) return { ext: 'local', isConditional: false };
  const { inverted, value } = destination;
  if (inverted && wholeLoopback.has(formatNetwork(value))) {
    return { ext: 'outer', isConditional: false };
  }
  return { ext: upright(destination) ?? 'local', isConditional: true };
}

const wholeLoopback: ReadonlySet<string> = new Set(['127.0.0.0/8', '::1/128']);

function isOneProtocol(protocol: Negatable<string> | null): protocol is Negatable<string> {
  return protocol !== null && !protocol.inverted;
}

/** The value that is asked for; a `!` or every address asks for none. */
function upright<T extends string | Network>(part: Negatable<T> | null | undefined): T | null {
  if (part === null || part === undefined || part.inverted) return null;
  return typeof part.value === 'object' && part.value.prefix === 0 ? null : part.value;
}
