// The spaces of some rules, cut into classes: a class is a space without the narrower ones, so that the same
// rules match everywhere in it, and one packet stands for all of it.
import { type Network, networkOf } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { interfaceCovers } from '../net/interface.ts';
import type { Box } from '../packet/box.ts';
import { interfaceSet } from '../packet/dimensions.ts';
import { type HeaderSpace, isNetwork, isOfHost, spaceKey, valueKey } from './header-space.ts';
import { externalOutside, interfaceOutside, sourceOutside } from './outside.ts';

export interface SpaceClass {
  readonly space: HeaderSpace;
  readonly key: string;
  /** A packet of the space that is in none of the narrower ones. */
  readonly packet: Box;
}

export interface SpaceIndex {
  /** None for a space that the narrower ones fill. */
  readonly classes: readonly SpaceClass[];
  /** The space and all that hold it, of values that the index knows; not all of them are classes. */
  covering(space: HeaderSpace): readonly HeaderSpace[];
}

export function indexSpaces(spaces: readonly HeaderSpace[], family: Family): SpaceIndex {
  const exts = distinct(spaces.map(({ ext }) => ext));
  const holdingExt = networksHolding(exts);
  const holdingInterface = interfacesHolding(
    distinct(spaces.map(({ inInterface }) => inInterface)),
  );
  const holdingSource = networksHolding(distinct(spaces.map(({ source }) => source)));
  const byExt = new Map<string, HeaderSpace[]>(exts.map((ext) => [valueKey(ext), []]));
  for (const space of spaces) byExt.get(valueKey(space.ext))?.push(space);
  const outsideExts = externalOutside(exts, family);
  return {
    classes: exts.flatMap((ext) => {
      // Only what some rule for this address tells apart makes a class of it.
      const there = holdingExt(ext).flatMap((each) => byExt.get(valueKey(each)) ?? []);
      return classesOf(ext, outsideExts(ext), there, family);
    }),
    covering: (space) =>
      holdingExt(space.ext).flatMap((ext) =>
        holdingInterface(space.inInterface).flatMap((inInterface) =>
          holdingSource(space.source).map((source) => ({ ext, inInterface, source })),
        ),
      ),
  };
}

function classesOf(
  ext: HeaderSpace['ext'],
  destination: Box | null,
  there: readonly HeaderSpace[],
  family: Family,
): SpaceClass[] {
  if (destination === null) return [];
  const interfaces = distinct(there.map(({ inInterface }) => inInterface));
  const sources = distinct(there.map(({ source }) => source));
  const outsideSources = sourceOutside(sources, family);
  const from = sources.flatMap((source) => {
    const packet = outsideSources(source);
    return packet === null ? [] : [{ source, packet }];
  });
  return interfaces.flatMap((inInterface) => {
    const name = interfaceOutside(inInterface, interfaces);
    if (name === null) return [];
    return from.map(({ source, packet }): SpaceClass => {
      const space = { ext, inInterface, source };
      return {
        space,
        key: spaceKey(space),
        packet: { ...destination, ...packet, inInterface: interfaceSet(name) },
      };
    });
  });
}

/** Gives those of some values that hold one of them, itself among them. */
type Holding<T> = (value: T) => readonly T[];

/** Looks the networks up that hold one: there are few prefixes, however many networks there are. */
function networksHolding<T extends HeaderSpace['ext']>(values: readonly T[]): Holding<T> {
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

function distinct<T extends Network | string | null>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [valueKey(value), value])).values()];
}
