// How far a match of nftables fits packets of one kind.
import { type Network, networkContains, networksOverlap, parseNetwork } from '../../net/address.ts';
import type { Mark } from '../../net/mark.ts';
import type { Fit, Traffic } from '../traffic.ts';
import { fields, type Json } from './ruleset.ts';

/** The traffic of a mapping at the hook forward, and the mark that its packets have there. */
export interface MarkedTraffic extends Traffic {
  readonly family: Network['family'];
  readonly mark: Mark | null;
}

/** `{"op": "==", "left": …, "right": …}`; what is not known here fits some of the packets. */
export function fitOfMatch({ op, left, right }: Json, traffic: MarkedTraffic): Fit {
  const upright = fitUpright(fields(left), right, traffic);
  if (op === '==' || op === 'in') return upright;
  if (op !== '!=' || upright === 'some') return 'some';
  return upright === 'all' ? 'none' : 'all';
}

function fitUpright(left: Json, right: unknown, traffic: MarkedTraffic): Fit {
  const [[kind = '', content] = []] = Object.entries(left);
  const { key, protocol, field } = fields(content);
  switch (kind) {
    case 'meta':
      return fitMeta(String(key), right, traffic);
    case 'ct':
      return fitConntrack(String(key), right, traffic);
    case 'payload':
      return fitPayload(`${protocol} ${field}`, right, traffic);
    case '&':
      return fitMark(content, right, traffic.mark);
    default:
      return 'some';
  }
}

function fitMeta(key: string, right: unknown, traffic: MarkedTraffic): Fit {
  const { family, protocol } = traffic;
  switch (key) {
    case 'iifname':
      return fitAny(right, (name) => fitName(name, traffic.in));
    case 'oifname':
      return fitAny(right, (name) => fitName(name, traffic.out));
    case 'nfproto':
      return fitAny(right, (name) => (name === family ? 'all' : 'none'));
    case 'l4proto':
      return fitAny(right, (name) => fitText(name, protocol));
    default:
      return 'some';
  }
}

function fitConntrack(key: string, right: unknown, { states, direction }: MarkedTraffic): Fit {
  const has = (name: unknown): Fit =>
    states.includes(String(name).toUpperCase()) ? 'all' : 'none';
  if (key === 'state') return fitAny(right, has);
  if (key === 'status') {
    return fitAny(right, (name) => (name === 'dnat' || name === 'snat' ? has(name) : 'some'));
  }
  return key === 'direction'
    ? fitAny(right, (name) => fitText(name, direction.toLowerCase()))
    : 'some';
}

function fitPayload(what: string, right: unknown, traffic: MarkedTraffic): Fit {
  const { family, source, destination, protocol, ports } = traffic;
  const own = family === 'ipv4' ? 'ip' : 'ip6';
  const [header, field] = what.split(' ');
  if (header === 'ip' || header === 'ip6') {
    if (header !== own) return 'none';
    if (field === 'saddr') return fitAny(right, (value) => fitNetwork(value, source));
    if (field === 'daddr') return fitAny(right, (value) => fitNetwork(value, destination));
    return field === 'protocol' ? fitAny(right, (name) => fitText(name, protocol)) : 'some';
  }
  if (header !== 'th' && protocol !== null && header !== protocol) return 'none';
  return field === 'dport' && ports !== null && protocol !== null
    ? fitAny(right, (value) => fitPort(value, ports))
    : 'some';
}

/** `meta mark and MASK == VALUE`. */
function fitMark(operands: unknown, right: unknown, mark: Mark | null): Fit {
  const [operand, mask] = Array.isArray(operands) ? operands : [];
  if (fields(fields(operand).meta).key !== 'mark' || typeof right !== 'number') return 'some';
  if (mark === null) return 'some';
  return mask === mark.mask && right === mark.value ? 'all' : 'some';
}

/** One value, a list of states, or a set. */
function fitAny(right: unknown, fit: (value: unknown) => Fit): Fit {
  const { set } = fields(right);
  const values = Array.isArray(set) ? set : Array.isArray(right) ? right : [right];
  if (typeof right === 'string' && right.startsWith('@')) return 'some';
  const fits = values.map(fit);
  if (fits.includes('all')) return 'all';
  return fits.includes('some') ? 'some' : 'none';
}

function fitName(name: unknown, given: string | null): Fit {
  if (given === null || typeof name !== 'string') return 'some';
  const isMatching = name.endsWith('*') ? given.startsWith(name.slice(0, -1)) : given === name;
  return isMatching ? 'all' : 'none';
}

function fitText(value: unknown, given: string | null): Fit {
  if (given === null || typeof value !== 'string') return 'some';
  return value === given ? 'all' : 'none';
}

function fitNetwork(value: unknown, given: Network | null): Fit {
  const asked = networkOf(value);
  if (asked === null || given === null) return 'some';
  if (networkContains(asked, given)) return 'all';
  return networksOverlap(asked, given) ? 'some' : 'none';
}

/** An address, or `{"prefix": {"addr": …, "len": …}}`. */
function networkOf(value: unknown): Network | null {
  if (typeof value === 'string') return parseNetwork(value);
  const { addr, len } = fields(fields(value).prefix);
  return typeof addr === 'string' ? parseNetwork(`${addr}/${len}`) : null;
}

function fitPort(value: unknown, { first, last }: { first: number; last: number }): Fit {
  const { range } = fields(value);
  const [low, high] = Array.isArray(range) ? range : [value, value];
  if (typeof low !== 'number' || typeof high !== 'number') return 'some';
  if (low <= first && last <= high) return 'all';
  return low <= last && first <= high ? 'some' : 'none';
}
