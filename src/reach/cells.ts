// What changes at some ports, cell by cell, and said with as few doors as possible.
import type { PortRange } from '../net/ports.ts';
import type { Claim, Door } from './claim.ts';
import { landing } from './destination.ts';
import { type DoorIndex, doorCovers, doorKey, indexDoors, width } from './doors.ts';
import type { Interval } from './intervals.ts';

export type Direction = 'opened' | 'closed';

/** By this door, but for some, connections come to another place than they did. */
export interface Statement {
  readonly direction: Direction;
  readonly door: Door;
  readonly except: readonly Door[];
  /** The claim that leads there, or did. */
  readonly claim: Claim;
}

/** Where the connections of a cell may come to, and by which claim. */
type Landings = ReadonlyMap<string, Claim>;

interface Cell extends Readonly<Record<Direction, Landings>> {
  readonly door: Door;
  readonly key: string;
}

export function statementsOn({ ports, before, after }: Interval): Statement[] {
  const doors = new Map([...before, ...after].map(({ door }) => [doorKey(door), door]));
  const index = indexDoors([...doors.values()]);
  const [was, is] = [landingsIn(before, ports, index), landingsIn(after, ports, index)];
  const cells = index.cells
    .map((door): Cell => {
      const [there, here] = [was(door), is(door)];
      const [opened, closed] = [without(here, there), without(there, here)];
      return { door, key: doorKey(door), opened, closed };
    })
    // A wider cell is before those in it, so that it may speak for them.
    .sort((a, b) => width(b.door) - width(a.door));
  return [...statementsOf('opened', cells, index), ...statementsOf('closed', cells, index)];
}

/** First match first; a claim that may let connections pass does not end the search. */
function landingsIn(
  claims: readonly Claim[],
  ports: PortRange,
  index: DoorIndex,
): (door: Door) => Landings {
  const byDoor = new Map<string, [order: number, claim: Claim][]>();
  for (const [order, claim] of claims.entries()) {
    const key = doorKey(claim.door);
    const known = byDoor.get(key);
    if (known === undefined) byDoor.set(key, [[order, claim]]);
    else known.push([order, claim]);
  }
  return (door) => {
    const matching = index
      .covering(door)
      .flatMap((each) => byDoor.get(doorKey(each)) ?? [])
      .sort(([a], [b]) => a - b);
    const found = new Map<string, Claim>();
    for (const [, claim] of matching) {
      const place = claim.to === null ? null : landing(claim.to, ports);
      if (place !== null && !found.has(place)) found.set(place, claim);
      if (!claim.isConditional) break;
    }
    return found;
  };
}

function without(landings: Landings, others: Landings): Landings {
  return new Map([...landings].filter(([place]) => !others.has(place)));
}

/**
 * A cell with a change is said, unless a wider one that is said speaks for it; one without is an
 * exception of the wider ones that would speak for it.
 */
function statementsOf(direction: Direction, cells: readonly Cell[], index: DoorIndex): Statement[] {
  const cellOf = new Map(cells.map((cell) => [cell.key, cell]));
  const said = new Map<string, Statement & { readonly except: Door[] }>();
  for (const cell of cells) {
    const wider = index
      .covering(cell.door)
      .flatMap((door) => cellOf.get(doorKey(door)) ?? [])
      .filter((other) => other !== cell);
    const places = new Set([cell, ...wider].flatMap((each) => [...each[direction].keys()]));
    for (const place of places) {
      const speaking = wider
        .filter((one) => one[direction].has(place) && !isBarred(one, wider, direction, place))
        .flatMap(({ key }) => said.get(`${key} ${place}`) ?? []);
      const claim = cell[direction].get(place);
      if (claim === undefined) for (const { except } of speaking) except.push(cell.door);
      else if (speaking.length === 0) {
        said.set(`${cell.key} ${place}`, { direction, door: cell.door, except: [], claim });
      }
    }
  }
  return [...said.values()];
}

/** Whether a cell in between does not share the change. */
function isBarred(
  outer: Cell,
  wider: readonly Cell[],
  direction: Direction,
  place: string,
): boolean {
  return wider.some(
    (between) => !between[direction].has(place) && doorCovers(outer.door, between.door),
  );
}
