// tcp, udp, sctp and multiport (iptables-extensions(8)).
import { formatPorts, highestPort, type PortProblem, type PortRange } from '../../net/ports.ts';
import { type Dimension, portSet, tcpFlagSet } from '../../packet/dimensions.ts';
import { type Bounds, exactly, subtractSets, unknownBounds } from '../../packet/packet-set.ts';
import {
  type Extension,
  implied,
  inDimension,
  number,
  type Option,
  problem,
  type Value,
} from './extension.ts';
import { servicePort } from './services.ts';

/** Slots of one multiport match: XT_MULTI_PORTS; a range takes two. */
export const multiportSlots = 15;

const sourcePort = range('sourcePort', '--sport', '--source-port');
const destinationPort = range('destinationPort', '--dport', '--destination-port');
const sctpSourcePort: Option = {
  ...port('--sport', '--source-port'),
  packets: portsIn('sourcePort'),
};
const sctpDestinationPort: Option = {
  ...port('--dport', '--destination-port'),
  packets: portsIn('destinationPort'),
};

const flags = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

export const tcp: Extension = {
  name: 'tcp',
  options: [
    sourcePort,
    destinationPort,
    {
      names: ['--tcp-option'],
      arity: 1,
      invertible: true,
      canonical: ([text = '']) => number(text, 1, 255),
    },
    {
      names: ['--tcp-flags'],
      arity: 2,
      invertible: true,
      canonical: ([mask, set]) => tcpFlags(mask, set),
      packets: (value, inverted) => inDimension('tcpFlags', savedFlags(value), inverted),
    },
    {
      names: ['--tcp-flags', '--syn'],
      arity: 0,
      invertible: true,
      canonical: () => 'FIN,SYN,RST,ACK SYN',
    },
  ],
};

export const udp: Extension = { name: 'udp', options: [sourcePort, destinationPort] };

export const sctp: Extension = { name: 'sctp', options: [sctpSourcePort, sctpDestinationPort] };

export const multiport: Extension = {
  name: 'multiport',
  options: [
    { ...list('--sports', '--source-ports'), packets: portsIn('sourcePort') },
    { ...list('--dports', '--destination-ports'), packets: portsIn('destinationPort') },
    { ...list('--ports'), packets: eitherPort },
  ],
};

/** A port or range of which iptables-save prints whatever was given. */
export function port(...names: Option['names']): Option {
  return {
    names,
    arity: 1,
    invertible: true,
    canonical: ([text = '']) => {
      const ends = portRange(text);
      return 'problem' in ends ? ends : printRange(ends);
    },
  };
}

/**
 * A port or range that iptables-save leaves out where it is all ports. Of `! 0:N` nft makes the rest
 * and legacy does not, so the rest is what both are given.
 */
function range(dimension: Dimension, ...names: Option['names']): Option {
  return {
    names,
    packets: portsIn(dimension),
    arity: 1,
    invertible: true,
    canonical: ([text = ''], _, inverted) => {
      const ends = portRange(text);
      if ('problem' in ends) return ends;
      if (ends.first === 0 && ends.last === highestPort) return implied;
      if (!inverted || ends.first > 0 || ends.last === 0) return printRange(ends);
      return { upright: printRange({ first: ends.last + 1, last: highestPort }) };
    },
  };
}

/** The packets with one of the ports, which are text as iptables-save prints it. */
export function portsIn(dimension: Dimension): NonNullable<Option['packets']> {
  return (value, inverted) => {
    const ports = savedPorts(value);
    return ports === null ? unknownBounds : inDimension(dimension, portSet(ports), inverted);
  };
}

function eitherPort(value: string, inverted: boolean): Bounds {
  const ports = savedPorts(value);
  if (ports === null) return unknownBounds;
  const set = portSet(ports);
  const either = [{ sourcePort: set }, { destinationPort: set }];
  const others = inverted ? subtractSets([{}], either) : either;
  return others === null ? unknownBounds : exactly(others);
}

function savedPorts(text: string): readonly PortRange[] | null {
  const ranges = text.split(',').map(portRange);
  const good = ranges.filter((ends): ends is PortRange => !('problem' in ends));
  return good.length === ranges.length ? good : null;
}

function savedFlags(text: string) {
  const [mask = '', set = ''] = text.split(' ');
  return tcpFlagSet(mask.split(','), set.split(','));
}

function list(...names: Option['names']): Option {
  return { names, arity: 1, invertible: true, canonical: ([text = '']) => portList(text) };
}

/** As {@link PortRange}, from 0 on. */
function portRange(text: string): PortRange | PortProblem {
  const [low = '', high, extra] = text.split(':');
  if (extra !== undefined) return problem(`${text} is not a port range`);
  const first = low === '' && high !== undefined ? 0 : portNumber(low);
  const last = high === undefined ? first : high === '' ? highestPort : portNumber(high);
  if (first === null || last === null) return problem(`${text} is not a port or range`);
  if (first > last) return problem(`range ${text} ends before it begins`);
  return { first, last };
}

function printRange(ends: PortRange): string {
  return formatPorts(ends, ':');
}

function portList(text: string): Value {
  const items = text.split(',').map((item) => item.split(':'));
  const slots = items.reduce((sum, ends) => sum + ends.length, 0);
  if (slots > multiportSlots) return problem(`more than ${multiportSlots} ports in one multiport`);
  const canonical: string[] = [];
  for (const ends of items) {
    const numbers = ends.map(portNumber);
    const [first, last] = numbers;
    if (numbers.length > 2 || numbers.includes(null) || (last ?? highestPort) < (first ?? 0)) {
      return problem(`${text} is not a list of ports and ranges`);
    }
    // iptables takes no range of one port here.
    canonical.push(first === last ? String(first) : numbers.join(':'));
  }
  return canonical.join(',');
}

function portNumber(text: string): number | null {
  if (!/^[0-9]+$/.test(text)) return servicePort(text);
  // iptables reads a leading zero as octal; nobody who reads the rule does.
  if (/^0[0-9]/.test(text) || Number(text) > highestPort) return null;
  return Number(text);
}

function tcpFlags(mask = '', set = ''): Value {
  const texts = [mask, set].map(flagList);
  const unknownFlag = texts.includes(null);
  return unknownFlag ? problem(`${mask} ${set} are not TCP flags`) : texts.join(' ');
}

function flagList(text: string): string | null {
  const names = text.toUpperCase().split(',');
  if (names.includes('ALL')) return flags.join(',');
  if (names.length === 1 && names[0] === 'NONE') return 'NONE';
  if (!names.every((name) => flags.includes(name))) return null;
  return flags.filter((flag) => names.includes(flag)).join(',');
}
