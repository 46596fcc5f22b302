// tcp, udp, sctp and multiport (iptables-extensions(8)).
import { formatPorts, highestPort, type PortProblem, type PortRange } from '../../net/ports.ts';
import { type Extension, implied, number, type Option, problem, type Value } from './extension.ts';
import { servicePort } from './services.ts';

/** Slots of one multiport match: XT_MULTI_PORTS; a range takes two. */
export const multiportSlots = 15;

const sourcePort = range('--sport', '--source-port');
const destinationPort = range('--dport', '--destination-port');
const sctpSourcePort = port('--sport', '--source-port');
const sctpDestinationPort = port('--dport', '--destination-port');

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
    list('--sports', '--source-ports'),
    list('--dports', '--destination-ports'),
    list('--ports'),
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
function range(...names: Option['names']): Option {
  return {
    names,
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
