// Doors that hold each other. Of networks, as of interface patterns, one holds the other or they have
// nothing in common, so the doors of some claims cut all connections into cells: a cell is a door less
// the narrower ones, and the same claims match everywhere in it.
import {
  formatNetwork,
  isLoopback,
  type Network,
  networkContains,
  networkOf,
} from '../net/address.ts';
import { interfaceCovers } from '../net/interface.ts';
import type { Door } from './claim.ts';

export interface DoorIndex {
  readonly cells: readonly Door[];
  /** The door and all that hold it, of values that the index knows; not all of them are cells. */
  covering(door: Door): readonly Door[];
}

export function doorKey({ ext, inInterface, source }: Door): string {
  return `${valueKey(ext)} ${valueKey(inInterface)} ${valueKey(source)}`;
}

/** Whether every connection that comes by `inner` comes by `outer`. */
export function doorCovers(outer: Door, inner: Door): boolean {
  return (
    networkCovers(outer.ext, inner.ext) &&
    networkCovers(outer.source, inner.source) &&
    (outer.inInterface === null ||
      (inner.inInterface !== null && interfaceCovers(outer.inInterface, inner.inInterface)))
  );
}

/** Less for each door that another one holds: of no other use than to put doors in order. */
export function width({ ext, inInterface, source }: Door): number {
  return -networkDepth(ext) - networkDepth(source) - interfaceDepth(inInterface);
}

export function indexDoors(doors: readonly Door[]): DoorIndex {
  const exts = distinct(doors.map(({ ext }) => ext));
  const holdingExt = networksHolding(exts);
  const holdingInterface = interfacesHolding(distinct(doors.map(({ inInterface }) => inInterface)));
  const holdingSource = networksHolding(distinct(doors.map(({ source }) => source)));
  const byExt = new Map<string, Door[]>(exts.map((ext) => [valueKey(ext), []]));
  for (const door of doors) byExt.get(valueKey(door.ext))?.push(door);
  return {
    cells: exts.flatMap((ext) => {
      // Only what some claim on this address tells apart makes a cell of it.
      const there = holdingExt(ext).flatMap((each) => byExt.get(valueKey(each)) ?? []);
      const sources = distinct(there.map(({ source }) => source));
      return distinct(there.map(({ inInterface }) => inInterface)).flatMap((inInterface) =>
        sources.map((source) => ({ ext, inInterface, source })),
      );
    }),
    covering: (door) =>
      holdingExt(door.ext).flatMap((ext) =>
        holdingInterface(door.inInterface).flatMap((inInterface) =>
          holdingSource(door.source).map((source) => ({ ext, inInterface, source })),
        ),
      ),
  };
}

/** Gives those of some values that hold one of them, itself among them. */
type Holding<T> = (value: T) => readonly T[];

/** Looks the networks up that hold one: there are few prefixes, however many networks there are. */
function networksHolding<T extends Door['ext']>(values: readonly T[]): Holding<T> {
  const known = new Map(values.map((value) => [valueKey(value), value]));
  const prefixes = new Set(values.map((value) => (isNetwork(value) ? value.prefix : -1)));
  const look = (key: string) => {
    const value = known.get(key);
    return value === undefined ? [] : [value];
  };
  return (value) => {
    if (value === null) return look('*');
    const wider = isOfHost(value) ? ['local', '*'] : ['*'];
    if (!isNetwork(value)) return [...new Set([valueKey(value), ...wider])].flatMap(look);
    const shorter = [...prefixes].filter((prefix) => prefix >= 0 && prefix <= value.prefix);
    const keys = shorter.map((prefix) => valueKey(networkOf(value.base, prefix)));
    return [...keys, ...wider].flatMap(look);
  };
}

/** An interface has few letters, and its patterns are as few. */
function interfacesHolding(values: readonly (string | null)[]): Holding<string | null> {
  return (name) =>
    values.filter((value) => value === null || (name !== null && interfaceCovers(value, name)));
}

function networkCovers(outer: Door['ext'], inner: Door['ext']): boolean {
  if (outer === null || outer === inner) return true;
  if (outer === 'local') return isOfHost(inner);
  return isNetwork(outer) && isNetwork(inner) && networkContains(outer, inner);
}

function networkDepth(value: Door['ext']): number {
  if (value === null) return 0;
  if (isNetwork(value)) return 1 + value.prefix;
  return value === 'local' ? 1 : 2;
}

function interfaceDepth(name: string | null): number {
  if (name === null) return 0;
  // `eth0+` holds `eth0`.
  return name.endsWith('+') ? 2 * name.length - 1 : 2 * name.length + 2;
}

/** Whether these are addresses of every host: IPv4's loopback ones, and no others by their looks. */
function isOfHost(value: Door['ext']): boolean {
  if (!isNetwork(value)) return value !== null;
  return value.family === 'ipv4' && isLoopback(value.base) && value.prefix >= 8;
}

function isNetwork(value: Door['ext']): value is Network {
  return typeof value === 'object' && value !== null;
}

function valueKey(value: Network | string | null): string {
  if (value === null) return '*';
  return typeof value === 'string' ? value : formatNetwork(value);
}

function distinct<T extends Network | string | null>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [valueKey(value), value])).values()];
}
