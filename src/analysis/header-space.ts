// What packets may have beside their protocol and port, as rules tell it apart. Of networks, as of interface
// patterns, one holds the other or they have nothing in common.
import { formatNetwork, type Network, networkContains } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { interfaceCovers } from '../net/interface.ts';
import { loopback, multicast } from '../netfilter/host-view.ts';
import type { Box } from '../packet/box.ts';
import { addressKindSet } from '../packet/dimensions.ts';
import { rangesOverlap } from '../packet/range-set.ts';
import { dividingInterfaces, dividingNetworks } from '../packet/values.ts';

/** Null stands for all. */
export interface HeaderSpace {
  /** `local`: the addresses of this host; `outer`: those of them that are not loopback. */
  readonly ext: Network | 'local' | 'outer' | null;
  readonly inInterface: string | null;
  readonly source: Network | null;
}

/** The spaces that a rule's packets tell apart from others: inside each of them, all match or none. */
export function spacesOf(boxes: readonly Box[], family: Family): HeaderSpace[] {
  const spaces = boxes.flatMap((box) => {
    const exts = externalsOf(box, family);
    const interfaces = box.inInterface === undefined ? [null] : dividingInterfaces(box.inInterface);
    const sources = box.source === undefined ? [null] : dividingNetworks(box.source, family);
    return exts.flatMap((ext) =>
      interfaces.flatMap((inInterface) =>
        sources.map((source): HeaderSpace => ({ ext, inInterface, source })),
      ),
    );
  });
  // Every address of this host is in two boxes: loopback, and those that only a host can tell.
  const isWhole = (ext: HeaderSpace['ext']) => ext === 'outer' || isWholeLoopback(ext, family);
  const isLocal =
    spaces.some(({ ext }) => ext === 'outer') &&
    spaces.some(({ ext }) => isWholeLoopback(ext, family));
  return isLocal
    ? spaces.map((space) => (isWhole(space.ext) ? { ...space, ext: 'local' } : space))
    : spaces;
}

function externalsOf({ destination, destinationType }: Box, family: Family): HeaderSpace['ext'][] {
  const networks = destination === undefined ? [null] : dividingNetworks(destination, family);
  if (destinationType === undefined || !networks.includes(null)) return [...networks];
  const whole = rangesOverlap(destinationType, local) ? 'outer' : null;
  // Neither loopback nor multicast addresses have a type that only a host can tell.
  const others = networks.filter((network) => network !== null && !isFixed(network, family));
  return [whole, ...others];
}

const local = addressKindSet(['LOCAL']);

function isFixed(network: Network, family: Family): boolean {
  return [loopback, multicast].some((fixed) => networkContains(fixed[family], network));
}

function isWholeLoopback(ext: HeaderSpace['ext'], family: Family): boolean {
  return isNetwork(ext) && formatNetwork(ext) === formatNetwork(loopback[family]);
}

/** Equal for the same spaces. */
export function spaceKey({ ext, inInterface, source }: HeaderSpace): string {
  return `${valueKey(ext)} ${valueKey(inInterface)} ${valueKey(source)}`;
}

/** Whether every packet of `inner` is in `outer`. */
export function spaceCovers(outer: HeaderSpace, inner: HeaderSpace): boolean {
  return (
    externalCovers(outer.ext, inner.ext) &&
    (outer.source === null ||
      (inner.source !== null && networkContains(outer.source, inner.source))) &&
    (outer.inInterface === null ||
      (inner.inInterface !== null && interfaceCovers(outer.inInterface, inner.inInterface)))
  );
}

/** Less for each space that another one holds: of no other use than to put spaces in order. */
export function width({ ext, inInterface, source }: HeaderSpace): number {
  return -externalDepth(ext) - externalDepth(source) - interfaceDepth(inInterface);
}

function externalCovers(outer: HeaderSpace['ext'], inner: HeaderSpace['ext']): boolean {
  if (outer === null || outer === inner) return true;
  if (outer === 'local') return isOfHost(inner);
  return isNetwork(outer) && isNetwork(inner) && networkContains(outer, inner);
}

function externalDepth(value: HeaderSpace['ext']): number {
  if (value === null) return 0;
  if (isNetwork(value)) return 1 + value.prefix;
  return value === 'local' ? 1 : 2;
}

function interfaceDepth(name: string | null): number {
  if (name === null) return 0;
  // `eth0+` holds `eth0`.
  return name.endsWith('+') ? 2 * name.length - 1 : 2 * name.length + 2;
}

/** Whether these are addresses of every host: loopback ones, and no others by their looks. */
export function isOfHost(value: HeaderSpace['ext']): boolean {
  if (!isNetwork(value)) return value !== null;
  return networkContains(loopback[value.family], value);
}

export function isNetwork(value: HeaderSpace['ext']): value is Network {
  return typeof value === 'object' && value !== null;
}

/** Equal for the same value of one dimension. */
export function valueKey(value: Network | string | null): string {
  if (value === null) return '*';
  return typeof value === 'string' ? value : formatNetwork(value);
}
