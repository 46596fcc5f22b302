/** What the model says of an attempt, and whether that is what was seen. */

import { type Address, parseAddress } from '../../src/net/address.ts';
import type { Netfilter } from '../../src/netfilter/netfilter.ts';
import { isGone, type Outcome, outcomesOf } from '../../src/netfilter/outcome.ts';
import { type Trace, traceFlow, traceLater } from '../../src/netfilter/trace.ts';
import type { Flow } from '../../src/packet/flow.ts';
import type { Family } from './kernel.ts';
import {
  type Attempt,
  labAddresses,
  labPorts,
  type Place,
  places,
  type Seen,
} from './packet-lab.ts';

/** In the words of {@link seenAs}; null where there is nothing to judge. */
export interface Expected {
  readonly arrival: string | null;
  readonly answer: string | null;
  /** Whether the model knows; a host that gets a packet from its own address is not judged all the same. */
  readonly isCertain: boolean;
}

/** What {@link Expected} says of packets that nobody gets. */
export const nobody = 'nowhere';

export function expect(netfilter: Netfilter, attempt: Attempt, family: Family): Expected {
  const flow = flowOf(attempt);
  const trace = traceFlow(netfilter, flow);
  const first = certain(trace);
  if (first === null) return { arrival: null, answer: null, isCertain: false };
  const arrival = arrivalOf(first, family);
  if (arrival === null) return { arrival: null, answer: null, isCertain: true };
  const [ending] = trace.endings;
  if (arrival === nobody || ending === undefined)
    return { arrival, answer: nobody, isCertain: true };
  const reply = certain(traceLater(netfilter, flow, ending, 'REPLY'));
  const comesBack = reply === null ? null : isHome(reply, flow);
  if (attempt.protocol === 'udp') {
    const from = `${attempt.destination} ${attempt.destinationPort}`;
    const answer = comesBack === null ? null : comesBack ? from : nobody;
    return { arrival, answer, isCertain: true };
  }
  const later = certain(traceLater(netfilter, flow, ending, 'ORIGINAL'));
  // The handshake needs both: data comes only where both come through.
  if (comesBack === false) return { arrival: nobody, answer: nobody, isCertain: true };
  if (comesBack === null || later === null) {
    return { arrival: null, answer: null, isCertain: false };
  }
  const comesThrough = arrivalOf(later, family) === arrival;
  return { arrival: comesThrough ? arrival : nobody, answer: nobody, isCertain: true };
}

/**
 * What was seen, in the words of {@link Expected}. Of several arrivals the first counts: rules may lead
 * the answer of one listener to another.
 */
function seenAs({ arrivals, answers }: Seen): { arrival: string; answer: string } {
  const [first] = arrivals;
  return {
    arrival:
      first === undefined
        ? nobody
        : arrivalText(first.place, first.address, first.port, first.source),
    answer: [...new Set(answers)].join(' and ') || nobody,
  };
}

/** What is wrong with the model, or null. */
export function contradiction(expected: Expected, seen: Seen): string | null {
  const was = seenAs(seen);
  const wrong = (['arrival', 'answer'] as const).find(
    (what) => expected[what] !== null && expected[what] !== was[what],
  );
  return wrong === undefined
    ? null
    : `${wrong}: the model says ${expected[wrong]}, the kernel ${was[wrong]}`;
}

/** Whether everything that is expected to arrive has arrived. */
export function isAllThere(expected: Expected, seen: Seen | undefined): boolean {
  const { arrival, answer } = expected;
  const arrives = arrival !== null && arrival !== nobody;
  const answers = answer !== null && answer !== nobody;
  return (
    (!arrives || (seen?.arrivals.length ?? 0) > 0) && (!answers || (seen?.answers.length ?? 0) > 0)
  );
}

export function describeTrace(netfilter: Netfilter, attempt: Attempt): string {
  const { steps, endings } = traceFlow(netfilter, flowOf(attempt));
  return [
    ...steps.map(
      ({ rule: { table, chain, number, rule }, isCertain }) =>
        `  ${isCertain ? '' : '? '}${table} ${chain} ${number}: ${rule.spec}`,
    ),
    ...outcomesOf(endings).map(
      ({ disposition, source, destination, destinationPort }) =>
        `  = ${disposition} ${source?.text} → ${destination?.text} ${destinationPort}`,
    ),
  ].join('\n');
}

function flowOf(attempt: Attempt): Flow {
  return {
    protocol: attempt.protocol === 'tcp' ? 6 : 17,
    source: mustParse(attempt.source),
    destination: mustParse(attempt.destination),
    sourcePort: attempt.sourcePort,
    destinationPort: attempt.destinationPort,
    inInterface: { client: 'wan0', server: 'lan0', host: null }[attempt.from],
  };
}

function certain({ endings }: Trace): Outcome | null {
  const outcomes = outcomesOf(endings);
  const [outcome] = outcomes;
  if (outcome === undefined || outcomes.length > 1) return null;
  const { disposition, source, destination, destinationPort } = outcome;
  if (isGone(disposition)) return outcome;
  const isKnown = disposition === 'sent' || disposition === 'delivered';
  return isKnown && [source, destination, destinationPort].every((value) => value !== null)
    ? outcome
    : null;
}

function arrivalOf(outcome: Outcome, family: Family): string | null {
  const { disposition, source, destination, destinationPort } = outcome;
  if (isGone(disposition)) return nobody;
  const place = disposition === 'delivered' ? 'host' : ownerOf(destination, family);
  const isListening = labPorts.some((port) => port === destinationPort);
  if (place === null || source === null || destination === null || !isListening) return nobody;
  const own: readonly string[] = labAddresses[family][place];
  // Who gets a packet from itself by the network does as it likes.
  if (place !== 'host' && own.includes(source.text)) return null;
  return arrivalText(place, destination.text, destinationPort ?? 0, source.text);
}

function arrivalText(place: Place, address: string, port: number, source: string): string {
  return `${place} ${address} ${port} from ${source}`;
}

function ownerOf(address: Address | null, family: Family): Place | null {
  const isOwn = (place: Place) =>
    (labAddresses[family][place] as readonly string[]).includes(address?.text ?? '');
  return places.find((place) => place !== 'host' && isOwn(place)) ?? null;
}

/** Whether the answer gets to where the flow came from, as if from where it went. */
function isHome({ disposition, destination, source }: Outcome, flow: Flow): boolean {
  const isBack = disposition === (flow.inInterface === null ? 'delivered' : 'sent');
  return isBack && destination?.text === flow.source.text && source?.text === flow.destination.text;
}

function mustParse(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return address;
}
