// What changes at some ports, class by class, and reported with as few spaces as possible.

import type { Family } from '../net/family.ts';
import type { PortRange } from '../net/ports.ts';
import { type Protocol, protocolNumbers } from '../net/protocol.ts';
import { evaluateChain } from '../netfilter/evaluate-chain.ts';
import type { ReadRule } from '../netfilter/tables.ts';
import type { Box } from '../packet/box.ts';
import { directionSet, interfaceSet, oneValue, stateValue } from '../packet/dimensions.ts';
import { openingBox } from '../packet/flow.ts';
import type { ChangedPorts } from './changed-ports.ts';
import { type HeaderSpace, spaceCovers, spaceKey, spacesOf, width } from './header-space.ts';
import { indexSpaces, type SpaceClass, type SpaceIndex } from './space-index.ts';
import { type DestinationTranslation, translatedDestination } from './translated-destination.ts';
import type { Hook, PlacedRule, TranslationRules } from './translation-rules.ts';

export type Direction = 'opened' | 'closed';

/** Connections of a space, but for some, are forwarded to another place than they were. */
export interface Statement extends Forward {
  readonly direction: Direction;
  readonly space: HeaderSpace;
  readonly except: readonly HeaderSpace[];
}

/** What forwards connections, and where to. */
interface Forward {
  readonly rule: ReadRule;
  readonly translation: DestinationTranslation;
  /** Whether only some of the connections are, by what the rules ask beside the space. */
  readonly isConditional: boolean;
}

/** By the place that connections are forwarded to, `10.0.0.101:25`. */
type Forwards = ReadonlyMap<string, Forward>;

interface ChangedClass extends SpaceClass, Readonly<Record<Direction, Forwards>> {}

/** Of one family and hook. */
export interface States {
  readonly family: Family;
  readonly hook: Hook;
  readonly before: TranslationRules;
  readonly after: TranslationRules;
}

export function statementsOn(
  { before, after, family, hook }: States,
  protocol: Protocol,
  { ports, rules }: ChangedPorts,
): Statement[] {
  const spaces = rules.flatMap((rule) => spacesOfRule(rule, family));
  const distinct = new Map(spaces.map((space) => [spaceKey(space), space]));
  const index = indexSpaces([...distinct.values()], family);
  const classes = index.classes
    .map((each): ChangedClass => {
      const packet = firstPacket(each, protocol, ports, hook);
      const there = forwardsOf(before, packet, ports, family);
      const here = forwardsOf(after, packet, ports, family);
      return { ...each, opened: without(here, there), closed: without(there, here) };
    })
    // A wider class is before those in it, so that it may speak for them.
    .sort((a, b) => width(b.space) - width(a.space));
  return [...statementsOf('opened', classes, index), ...statementsOf('closed', classes, index)];
}

const spacesOfRules = new WeakMap<PlacedRule, readonly HeaderSpace[]>();

/** A rule of many ports is asked for at each of them. */
function spacesOfRule(rule: PlacedRule, family: Family): readonly HeaderSpace[] {
  const known = spacesOfRules.get(rule);
  if (known !== undefined) return known;
  const spaces = spacesOf(rule.packets, family);
  spacesOfRules.set(rule, spaces);
  return spaces;
}

/** One packet stands for all of the class; what no rule of the class asks for is left open. */
function firstPacket(
  { packet }: SpaceClass,
  protocol: Protocol,
  ports: PortRange,
  hook: Hook,
): Box {
  return {
    ...packet,
    ...(hook === 'OUTPUT' ? { inInterface: interfaceSet('') } : {}),
    ...openingBox(protocolNumbers[protocol]),
    ...newConnection,
    destinationPort: oneValue(ports.first),
  };
}

const newConnection: Box = {
  state: oneValue(stateValue('NEW', false, false)),
  direction: directionSet('ORIGINAL'),
};

/** Where the packet may be forwarded to. */
function forwardsOf(
  { chains, hook, rules }: TranslationRules,
  packet: Box,
  ports: PortRange,
  family: Family,
): Forwards {
  if (hook === null || rules.length === 0) return new Map();
  const stream = { packets: [packet], view: {}, isCertain: true };
  const forwards = new Map<string, Omit<Forward, 'isConditional'>>();
  let isElsewhere = false;
  for (const { rule, translation } of evaluateChain(chains, hook, [stream])) {
    if (rule === null || translation?.kind !== 'destination') isElsewhere = true;
    else {
      const place = translatedDestination(translation, ports, family);
      if (!forwards.has(place)) forwards.set(place, { rule, translation });
    }
  }
  const isConditional = isElsewhere || forwards.size > 1;
  return new Map([...forwards].map(([place, forward]) => [place, { ...forward, isConditional }]));
}

function without(forwards: Forwards, others: Forwards): Forwards {
  return new Map([...forwards].filter(([place]) => !others.has(place)));
}

/**
 * Reports a changed class unless a wider reported class already covers it; a class without the change is an
 * exception of the wider ones that would.
 */
function statementsOf(
  direction: Direction,
  classes: readonly ChangedClass[],
  index: SpaceIndex,
): Statement[] {
  const byKey = new Map(classes.map((each) => [each.key, each]));
  const reported = new Map<string, Statement & { readonly except: HeaderSpace[] }>();
  for (const each of classes) {
    const wider = index
      .covering(each.space)
      .flatMap((space) => byKey.get(spaceKey(space)) ?? [])
      .filter((other) => other !== each);
    const places = new Set([each, ...wider].flatMap((one) => [...one[direction].keys()]));
    for (const place of places) {
      const covering = wider
        .filter((one) => one[direction].has(place) && !isBarred(one, wider, direction, place))
        .flatMap(({ key }) => reported.get(`${key} ${place}`) ?? []);
      const forward = each[direction].get(place);
      if (forward === undefined) for (const { except } of covering) except.push(each.space);
      else if (covering.length === 0) {
        const statement = { direction, space: each.space, except: [], ...forward };
        reported.set(`${each.key} ${place}`, statement);
      }
    }
  }
  return [...reported.values()];
}

/** Whether a class in between does not share the change. */
function isBarred(
  outer: ChangedClass,
  wider: readonly ChangedClass[],
  direction: Direction,
  place: string,
): boolean {
  return wider.some(
    (between) => !between[direction].has(place) && spaceCovers(outer.space, between.space),
  );
}
