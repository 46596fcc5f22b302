// tcp, udp, sctp and multiport (iptables-extensions(8)).
import { highestPort } from '../../net/ports.ts';
import { type Extension, implied, type Option, problem, type Value } from './extension.ts';
import { servicePort } from './services.ts';

/** Slots of one multiport match: XT_MULTI_PORTS; a range takes two. */
export const multiportSlots = 15;

const sourcePort = range('--sport', '--source-port');
const destinationPort = range('--dport', '--destination-port');

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
    { names: ['--tcp-flags'], arity: 2, invertible: true, canonical: ([mask, set]) => tcpFlags(mask, set) },
    {
      names: ['--tcp-flags', '--syn'],
      arity: 0,
      invertible: true,
      canonical: () => 'FIN,SYN,RST,ACK SYN',
    },
  ],
};

export const udp: Extension = { name: 'udp', options: [sourcePort, destinationPort] };

export const sctp: Extension = { name: 'sctp', options: [sourcePort, destinationPort] };

export const multiport: Extension = {
  name: 'multiport',
  options: [
    list('--sports', '--source-ports'),
    list('--dports', '--destination-ports'),
    list('--ports'),
  ],
};

function range(...names: Option['names']): Option {
  return { names, arity: 1, invertible: true, canonical: ([text = '']) => portRange(text) };
}

function list(...names: Option['names']): Option {
  return { names, arity: 1, invertible: true, canonical: ([text = '']) => portList(text) };
}

function portRange(text: string): Value {
  const [low = '', high, extra] = text.split(':');
  if (extra !== undefined) return problem(`${text} is not a port range`);
  const first = low === '' && high !== undefined ? 0 : portNumber(low);
  const last = high === undefined ? first : high === '' ? highestPort : portNumber(high);
  if (first === null || last === null) return problem(`${text} is not a port or range`);
  if (first > last) return problem(`range ${text} ends before it begins`);
  if (first === 0 && last === highestPort) return implied;
  return first === last ? String(first) : `${first}:${last}`;
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
    canonical.push(numbers.join(':'));
  }
  return canonical.join(',');
}

function portNumber(text: string): number | null {
  if (!/^[0-9]+$/.test(text)) return servicePort(text);
  // iptables reads a leading zero as octal; nobody who reads the rule does.
  if (/^0[0-9]/.test(text) || Number(text) > highestPort) return null;
  return Number(text);
}

function number(text: string, low: number, high: number): Value {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? text : problem(`${text} is not from ${low} to ${high}`);
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
