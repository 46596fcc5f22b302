// iprange (iptables-extensions(8)).
import { parseAddress } from '../../net/address.ts';
import { addressRange } from '../../packet/dimensions.ts';
import { type Bounds, unknownBounds } from '../../packet/packet-set.ts';
import {
  type Extension,
  inDimension,
  type MatchContext,
  type Option,
  unknown,
} from './extension.ts';

export const iprange: Extension = {
  name: 'iprange',
  options: [range('--src-range', 'source'), range('--dst-range', 'destination')],
};

function range(name: string, side: 'source' | 'destination'): Option {
  return {
    names: [name],
    arity: 1,
    invertible: true,
    canonical: () => unknown,
    packets: (value, inverted, context) => within(value, side, inverted, context),
  };
}

function within(
  value: string,
  side: 'source' | 'destination',
  inverted: boolean,
  { family }: MatchContext,
): Bounds {
  const [low = '', high = low] = value.split('-');
  const [first, last] = [parseAddress(low), parseAddress(high)];
  if (first?.family !== family || last?.family !== family) return unknownBounds;
  return inDimension(side, addressRange(first, last), inverted);
}
