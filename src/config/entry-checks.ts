// Checks of an entry's values that need more than one of them, or more than their form. Each reports what is wrong.
import type { Located } from '../diagnostic/source.ts';
import { type Address, isLoopback, isUnspecified, type Network } from '../net/address.ts';
import { type Family, familyNames } from '../net/family.ts';
import { formatPorts, highestPort, type PortRange, portCount } from '../net/ports.ts';
import { type Context, fault } from './reader.ts';

export function isSpecific(address: Located<Address> | undefined, context: Context): boolean {
  if (address === undefined || !isUnspecified(address.value)) return true;
  const message = `${address.value.text} stands for every address; one is needed here`;
  fault(context, address.at, 'bad-address', message);
  return false;
}

/** The kernel drops a packet from outside that is translated to a loopback address (RFC 1122, 3.2.1.3). */
export function isForwardable(address: Located<Address>, context: Context): boolean {
  if (!isLoopback(address.value)) return true;
  const message = `${address.value.text} is a loopback address: no packet is forwarded there`;
  const hint = 'let the service listen on an address of the host, and name that';
  fault(context, address.at, 'bad-address', message, hint);
  return false;
}

type OfFamily = Located<Address | Network>;

export function sameFamily(
  inside: OfFamily,
  others: readonly (OfFamily | undefined)[],
  context: Context,
): boolean {
  const strangers = others.filter(
    (other) => other !== undefined && other.value.family !== inside.value.family,
  );
  for (const stranger of strangers) {
    if (stranger) reportMixed(stranger, inside.value.family, context);
  }
  return strangers.length === 0;
}

function reportMixed(stranger: OfFamily, family: Family, context: Context): void {
  const message = `this is ${familyNames[stranger.value.family]}, but int_ip is ${familyNames[family]}`;
  fault(context, stranger.at, 'mixed-families', message, 'NAT does not cross families');
}

export function fitsInside(
  ports: readonly Located<PortRange>[],
  intPort: Located<number> | undefined,
  context: Context,
): boolean {
  if (intPort === undefined) return true;
  const tooWide = ports.find(({ value }) => intPort.value + portCount(value) - 1 > highestPort);
  if (tooWide === undefined) return true;
  const message = `${formatPorts(tooWide.value, '-')} from int_port ${intPort.value} on ends above ${highestPort}`;
  fault(context, intPort.at, 'bad-port', message);
  return false;
}
