// NAT targets, REJECT and MARK (iptables-extensions(8)).
import { type Address, parseAddress } from '../../net/address.ts';
import type { Family } from '../../net/family.ts';
import { allBits, formatMark, parseBits } from '../../net/mark.ts';
import { isPortProblem, parsePort } from '../../net/ports.ts';
import { bare, type Extension, type Option, problem, unknown, type Value } from './extension.ts';

export const dnat: Extension = {
  name: 'DNAT',
  options: [translation('--to-destination'), bare('--random'), bare('--persistent')],
};

export const snat: Extension = {
  name: 'SNAT',
  options: [
    translation('--to-source'),
    bare('--random'),
    bare('--random-fully'),
    bare('--persistent'),
  ],
};

export const masquerade: Extension = {
  name: 'MASQUERADE',
  options: [toPorts(), bare('--random'), bare('--random-fully')],
};

export const redirect: Extension = { name: 'REDIRECT', options: [toPorts(), bare('--random')] };

export const reject: Extension = {
  name: 'REJECT',
  options: [
    {
      names: ['--reject-with'],
      arity: 1,
      invertible: false,
      // The aliases of the many types are the kernel's matter.
      canonical: ([text = ''], family) => (text === rejectDefault(family) ? text : unknown),
      otherwise: rejectDefault,
    },
  ],
};

/** Of several ways to set a mark, iptables-save prints one; what the others come to is the kernel's matter. */
export const mark: Extension = {
  name: 'MARK',
  options: [
    {
      names: ['--set-xmark'],
      arity: 1,
      invertible: false,
      canonical: ([text = '']) => toMark(text),
    },
    ...['--set-mark', '--and-mark', '--or-mark', '--xor-mark'].map(
      (name): Option => ({ names: [name], arity: 1, invertible: false, canonical: () => unknown }),
    ),
  ],
};

/** Leading zeros are octal to iptables. */
function toMark(text: string): Value {
  const [first = '', second, ...more] = text.split('/');
  const value = parseBits(first);
  const mask = second === undefined ? allBits : parseBits(second);
  if (value === null || mask === null || more.length > 0) return unknown;
  return formatMark({ value, mask });
}

function rejectDefault(family: Family): string {
  return family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable';
}

function translation(name: string): Option {
  return {
    names: [name],
    arity: 1,
    invertible: false,
    canonical: ([text = ''], family) => toAddress(text, family),
  };
}

function toPorts(): Option {
  return {
    names: ['--to-ports'],
    arity: 1,
    invertible: false,
    canonical: ([text = '']) => portRange(text) ?? problem(`${text} is not a port or range`),
  };
}

/** `[ADDRESS[-ADDRESS]][:PORT[-PORT[/BASE]]]`, IPv6 addresses in brackets when ports follow. */
function toAddress(text: string, family: Family): Value {
  const match =
    family === 'ipv4'
      ? /^([^:]*)(?::(.*))?$/.exec(text)
      : (/^(?:\[([^\]]+)\])?(?::([0-9].*))?$/.exec(text) ?? /^([^[\]]*)()$/.exec(text));
  if (match === null || text === '')
    return problem(`${JSON.stringify(text)} is not an address with or without ports`);
  const [, addressText = '', portsText] = match;
  const addresses = addressRange(addressText, family);
  if (addresses === null) return problem(`${addressText} is not an address of this family`);
  if (!portsText) return addresses;
  const ports = portRange(portsText);
  if (ports === null) return problem(`${portsText} is not a port or range`);
  return family === 'ipv6' && addresses !== ''
    ? `[${addresses}]:${ports}`
    : `${addresses}:${ports}`;
}

function addressRange(text: string, family: Family): string | null {
  if (text === '') return '';
  const ends = text.split('-').map(parseAddress);
  const good = ends.filter((end): end is Address => end?.family === family);
  if (good.length !== ends.length || good.length > 2) return null;
  const [first, last] = good;
  if (first === undefined) return null;
  return last === undefined || last.text === first.text ? first.text : `${first.text}-${last.text}`;
}

function portRange(text: string): string | null {
  const match = /^([0-9]+)(?:-([0-9]+)(?:\/([0-9]+))?)?$/.exec(text);
  if (match === null) return null;
  const numbers = match
    .slice(1)
    .filter((end) => end !== undefined)
    .map(parsePort);
  if (numbers.some((number) => isPortProblem(number))) return null;
  const [first, last, base] = numbers as number[];
  if (first === undefined || (last !== undefined && last < first)) return null;
  const range = last === undefined || last === first ? String(first) : `${first}-${last}`;
  return base === undefined ? range : `${range}/${base}`;
}
