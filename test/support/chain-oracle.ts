/** Chains of random rules, and by brute force what they make of one concrete packet. */
import fc from 'fast-check';
import {
  type ConcretePacket,
  type Criterion,
  destinationCriterion,
  extraCriterion,
  interfaceCriterion,
  type Names,
  protocolCriteria,
  sourceCriterion,
  unknownCriterion,
} from './concrete-packet.ts';

export interface RandomRule {
  readonly criteria: readonly Criterion[];
  /** `ACCEPT` and the like, or `-j` or `-g` and a chain. */
  readonly target: string;
}

/** By name; the first one is a built-in chain, and rules lead to later ones only. */
export type RandomChains = readonly {
  readonly name: string;
  readonly rules: readonly RandomRule[];
}[];

export interface ChainShape {
  readonly names: Names;
  readonly chains: readonly string[];
  readonly targets: readonly string[];
  readonly interfaces: readonly ('-i' | '-o')[];
  readonly rules: number;
  readonly withUnknown: boolean;
}

export function randomChains(shape: ChainShape): fc.Arbitrary<RandomChains> {
  return fc.tuple(
    ...shape.chains.map((name, at) =>
      fc
        .array(randomRule(shape, shape.chains.slice(at + 1)), { maxLength: shape.rules })
        .map((rules) => ({ name, rules })),
    ),
  );
}

function randomRule(shape: ChainShape, later: readonly string[]): fc.Arbitrary<RandomRule> {
  const { targets } = shape;
  const jumps = later.flatMap((name) => [`-j ${name}`, `-j ${name}`, `-g ${name}`]);
  return fc
    .tuple(randomCriteria(shape), fc.constantFrom(...targets, ...jumps))
    .map(([criteria, target]) => ({ criteria, target }));
}

/** Mostly few, so that rules match; in the order in which iptables-save prints them. */
export function randomCriteria(shape: ChainShape): fc.Arbitrary<readonly Criterion[]> {
  const { names } = shape;
  const none = fc.constant<readonly Criterion[]>([]);
  const sometimes = (weight: number, criteria: fc.Arbitrary<readonly Criterion[]>) =>
    fc.oneof({ weight: 10 - weight, arbitrary: none }, { weight, arbitrary: criteria });
  const one = (criterion: fc.Arbitrary<Criterion>) => criterion.map((each) => [each]);
  return fc
    .tuple(
      sometimes(3, one(sourceCriterion(names))),
      sometimes(4, one(destinationCriterion(names))),
      ...shape.interfaces.map((option) => sometimes(2, one(interfaceCriterion(option, names)))),
      sometimes(5, protocolCriteria(names)),
      sometimes(4, one(extraCriterion(names))),
      sometimes(shape.withUnknown ? 2 : 0, one(unknownCriterion)),
    )
    .map((parts) => parts.flat());
}

export function ruleText({ criteria, target }: RandomRule): string {
  const verdict = target === '' || target.startsWith('-') ? target : `-j ${target}`;
  return [...criteria.map(({ text }) => text), verdict].filter((word) => word !== '').join(' ');
}

/**
 * What may become of the packet: `ACCEPT chain 3`, for the target, the chain and the number of the
 * rule that decides, or `policy`. Every rule that nobody can tell of is tried both ways.
 */
export function possibleEnds(chains: RandomChains, packet: ConcretePacket): ReadonlySet<string> {
  const ends = new Set<string>();
  const visited = new Set<string>();
  const go = (path: readonly Position[]): void => {
    const key = path.map(({ chain, next }) => `${chain} ${next}`).join();
    if (visited.has(key)) return;
    visited.add(key);
    const here = path.at(-1);
    if (here === undefined) {
      ends.add('policy');
      return;
    }
    const callers = path.slice(0, -1);
    const rule = chains.find(({ name }) => name === here.chain)?.rules[here.next];
    if (rule === undefined) {
      go(callers);
      return;
    }
    const after = [...callers, { chain: here.chain, next: here.next + 1 }];
    const fit = fits(rule, packet);
    if (fit !== true) go(after);
    if (fit === false) return;
    const [kind, chain = ''] = rule.target.split(' ');
    if (kind === '-j') go([...after, { chain, next: 0 }]);
    else if (kind === '-g') go([...callers, { chain, next: 0 }]);
    else if (kind === 'RETURN') go(callers);
    else if (decides.has(rule.target)) ends.add(`${rule.target} ${here.chain} ${here.next + 1}`);
    else go(after);
  };
  go([{ chain: chains[0]?.name ?? '', next: 0 }]);
  return ends;
}

interface Position {
  readonly chain: string;
  readonly next: number;
}

const decides = new Set(['ACCEPT', 'DROP', 'REJECT']);

function fits({ criteria }: RandomRule, packet: ConcretePacket): boolean | null {
  const answers = criteria.map((criterion) => criterion.fits(packet));
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}
