// The way of one packet, of what answers it, and of what follows.
import type { Dimension } from '../packet/dimensions.ts';
import {
  directionSet,
  everyPort,
  interfaceSet,
  oneValue,
  stateSet,
  stateValue,
  tcpFlagNames,
  tcpFlagSet,
} from '../packet/dimensions.ts';
import { type Flow, flowBox } from '../packet/flow.ts';
import { everyPacket } from '../packet/packet-set.ts';
import { type RangeSet, rangesOverlap } from '../packet/range-set.ts';
import type { Ending } from './ending.ts';
import { arrive, type NatMode, passEstablished, send } from './hooks.ts';
import type { Netfilter } from './netfilter.ts';
import type { Stream } from './stream.ts';
import type { ReadRule } from './tables.ts';
import { fixed, type Now, type View, valuesNow } from './view.ts';

export interface Trace {
  readonly flow: Flow;
  /** What may become of the packet: several only where the model cannot decide. */
  readonly endings: readonly Ending[];
  /** The rules that match it on its way, in order. */
  readonly steps: readonly Step[];
}

interface Step {
  readonly rule: ReadRule;
  /** Whether it is certain that the packet comes to this rule and matches. */
  readonly isCertain: boolean;
}

/** The first packet of a connection. */
export function traceFlow(netfilter: Netfilter, flow: Flow): Trace {
  const steps: Step[] = [];
  const observe = (rule: ReadRule, matched: readonly { readonly isCertain: boolean }[]) =>
    void steps.push({ rule, isCertain: matched.some(({ isCertain }) => isCertain) });
  const packets = [flowBox(flow)];
  const endings =
    flow.inInterface === null
      ? send(netfilter, packets, observe)
      : arrive(netfilter, packets, observe);
  return { flow, endings, steps };
}

/** A later packet of the connection whose first one ended so: an answer, or the next one sent. */
export function traceLater(
  netfilter: Netfilter,
  flow: Flow,
  first: Ending,
  direction: 'ORIGINAL' | 'REPLY',
): Trace {
  const steps: Step[] = [];
  const observe = (rule: ReadRule) => void steps.push({ rule, isCertain: first.stream.isCertain });
  const isReply = direction === 'REPLY';
  // Without conntrack an answer is a first packet itself, and nothing relates the two.
  if (isUntracked(first)) return { flow, endings: [{ ...first, disposition: 'unknown' }], steps };
  const ends = endpoints(flow, first);
  const [state, from] = [establishedState(first), isReply ? ends.far : ends.near];
  const view: View = {
    protocol: fixed(oneValue(flow.protocol)),
    ...(isReply ? swapped(ends.translated) : ends.original),
    inInterface: fixed(from.device),
    outInterface: fixed(interfaceSet('')),
    direction: fixed(directionSet(direction)),
    originalDestination: ends.original.destination,
    originalDestinationPort: ends.original.destinationPort,
    tcpFlags: fixed(
      isReply ? tcpFlagSet(tcpFlagNames, ['SYN', 'ACK']) : tcpFlagSet(tcpFlagNames, ['ACK']),
    ),
  };
  const after = isReply ? swapped(ends.original) : ends.translated;
  const mode: NatMode = {
    kind: 'established',
    destination: {
      state,
      destination: after.destination,
      destinationPort: after.destinationPort,
    },
    source: { source: after.source, sourcePort: after.sourcePort },
  };
  const stream = { packets: everyPacket, view, isCertain: first.stream.isCertain };
  const endings = passEstablished(netfilter, from.side, stream, mode, observe);
  return { flow, endings, steps };
}

interface Tuple {
  readonly source: Now;
  readonly sourcePort: Now;
  readonly destination: Now;
  readonly destinationPort: Now;
}

interface End {
  readonly side: 'network' | 'host';
  /** The interface that packets from there arrive by. */
  readonly device: RangeSet;
}

function endpoints(flow: Flow, { stream, disposition }: Ending) {
  const now = (dimension: keyof Tuple) => fixed(valuesOf(stream, dimension));
  const box = flowBox(flow);
  const came = (dimension: keyof Tuple) => fixed(box[dimension] ?? everyPort);
  const near: End =
    flow.inInterface === null
      ? { side: 'host', device: interfaceSet('') }
      : { side: 'network', device: interfaceSet(flow.inInterface) };
  const far: End =
    disposition === 'sent'
      ? { side: 'network', device: valuesOf(stream, 'outInterface') }
      : { side: 'host', device: interfaceSet('') };
  return {
    original: {
      source: came('source'),
      sourcePort: came('sourcePort'),
      destination: came('destination'),
      destinationPort: came('destinationPort'),
    },
    translated: {
      source: now('source'),
      sourcePort: now('sourcePort'),
      destination: now('destination'),
      destinationPort: now('destinationPort'),
    },
    near,
    far,
  };
}

/** Of one packet; a flow has a value in each of the dimensions asked for. */
function valuesOf({ packets, view }: Stream, dimension: Dimension): RangeSet {
  return valuesNow(packets, view, dimension)?.[0] ?? everyPort;
}

function swapped({ source, sourcePort, destination, destinationPort }: Tuple): Tuple {
  return {
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
  };
}

function isUntracked({ stream }: Ending): boolean {
  return rangesOverlap(valuesOf(stream, 'state'), stateSet(['UNTRACKED']));
}

/** ESTABLISHED, with the bits of what was translated. */
function establishedState({ stream }: Ending): Now {
  const [states = []] = valuesNow(stream.packets, stream.view, 'state') ?? [];
  const shift = stateValue('ESTABLISHED', false, false) - stateValue('NEW', false, false);
  return fixed(states.map((value) => Number(value) + shift));
}
