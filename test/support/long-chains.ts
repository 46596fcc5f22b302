/** Chains that are long enough for a dispatch tree, and packets that come to their rules. */
import fc from 'fast-check';
import { type RandomRule, ruleText } from './chain-oracle.ts';
import { type ConcretePacket, type Criterion, isNamed, isWithin } from './concrete-packet.ts';
import type { Family } from './kernel.ts';

type Protocol = 'tcp' | 'udp';

interface Shape {
  readonly destination: string | null;
  readonly source: string | null;
  readonly protocol: Protocol | null;
  readonly ports: readonly (readonly [first: number, last: number])[];
  readonly extra: Criterion | null;
  readonly target: string;
  /** Whether what it asks of the destination, or of the ports, is turned round. */
  readonly inverted: 'destination' | 'ports' | null;
}

const stems: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['203.0.113.', '10.0.0.', '10.0.1.', '10.200.7.'],
  ipv6: ['2001:db8::', '2001:db8:0:1::', 'fd00:5::'],
};

function address(family: Family): fc.Arbitrary<string> {
  const last = fc.integer({ min: 1, max: 254 });
  return fc
    .tuple(fc.constantFrom(...stems[family]), fc.oneof(fc.constantFrom(7, 8), last))
    .map(([stem, number]) => `${stem}${family === 'ipv4' ? number : number.toString(16)}`);
}

function network(family: Family): fc.Arbitrary<string> {
  const wide = { ipv4: ['10.0.0.0/8', '203.0.113.0/27'], ipv6: ['2001:db8::/32', 'fd00:5::/122'] };
  const whole = family === 'ipv4' ? 32 : 128;
  return fc.oneof(
    { weight: 20, arbitrary: address(family).map((each) => `${each}/${whole}`) },
    { weight: 1, arbitrary: fc.constantFrom(...wide[family]) },
  );
}

const range = fc
  .tuple(fc.integer({ min: 0, max: 700 }), fc.constantFrom(0, 0, 0, 0, 0, 3, 40, 60_000))
  .map(([offset, more]) => [8000 + offset, Math.min(65_535, 8000 + offset + more)] as const);

const extras: readonly Criterion[] = [
  { text: '-i eth0', fits: ({ inInterface }) => isNamed(inInterface, 'eth0') },
  { text: '-m conntrack --ctstate DNAT', fits: ({ dnat }) => dnat },
  { text: '-m unknown --of nothing', fits: () => null },
  {
    text: '-m statistic --mode nth --every 2 --packet 0',
    fits: () => null,
  },
];

/**
 * Rules of mappings nearly all, each with a comment of its own, so that the text names the rule; one list
 * leans to addresses, the next to ports or to neither.
 */
export function longRules(family: Family): fc.Arbitrary<readonly RandomRule[]> {
  const sometimes = <T>(weight: number, value: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 100 - weight, arbitrary: fc.constant(null) }, { weight, arbitrary: value });
  const lists = fc.constantFrom([100, 95, 0], [10, 100, 5], [96, 96, 30], [0, 0, 99], [50, 50, 50]);
  return lists.chain(([destinations = 0, ports = 0, sources = 0]) =>
    fc
      .array(
        fc.record<Shape>({
          destination: sometimes(destinations, network(family)),
          source: sometimes(sources, network(family)),
          protocol: sometimes(ports, fc.constantFrom('tcp', 'tcp', 'udp')),
          ports: fc.oneof(
            { weight: 9, arbitrary: range.map((each) => [each]) },
            { weight: 1, arbitrary: fc.array(range, { minLength: 2, maxLength: 4 }) },
          ),
          extra: sometimes(6, fc.constantFrom(...extras)),
          target: fc.constantFrom(
            ...['ACCEPT', 'ACCEPT', 'ACCEPT', 'DROP', 'RETURN', 'LOG'],
            ...['-j NATMAP-OTHER', '-g NATMAP-OTHER'],
          ),
          inverted: sometimes(3, fc.constantFrom('destination', 'ports')),
        }),
        { minLength: 65, maxLength: 220, size: 'max' },
      )
      .map((shapes) => shapes.map((shape, index) => toRule(shape, index, family))),
  );
}

function toRule(shape: Shape, index: number, family: Family): RandomRule {
  const { destination, source, protocol, ports, extra, target, inverted } = shape;
  const isNot = (part: Shape['inverted']) => inverted === part;
  const criteria: Criterion[] = [];
  if (source !== null) {
    criteria.push({
      text: `-s ${source}`,
      fits: (packet) => isWithin(packet.source, source, family),
    });
  }
  if (destination !== null) {
    const not = isNot('destination');
    criteria.push({
      text: `${not ? '! ' : ''}-d ${destination}`,
      fits: (packet) => isWithin(packet.destination, destination, family) !== not,
    });
  }
  if (extra?.text.startsWith('-i')) criteria.push(extra);
  if (protocol !== null) {
    criteria.push({ text: `-p ${protocol}`, fits: (packet) => packet.protocol === protocol });
    const list = ports.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`));
    const match = ports.length > 1 ? '-m multiport' : `-m ${protocol}`;
    const not = isNot('ports');
    criteria.push({
      text: `${match} ${not ? '! ' : ''}${ports.length > 1 ? '--dports' : '--dport'} ${list.join(',')}`,
      fits: ({ destinationPort: port }) =>
        ports.some(([first, last]) => first <= port && port <= last) !== not,
    });
  }
  if (extra !== null && !extra.text.startsWith('-i')) criteria.push(extra);
  criteria.push({ text: `-m comment --comment "rule ${index}"`, fits: () => true });
  return { criteria, target };
}

export function specOf(rule: RandomRule): string {
  return ruleText(rule);
}

/** Packets each of which is at one of the rules, or just beside it. */
export function packetsNear(
  rules: readonly RandomRule[],
  family: Family,
  seeds: Iterable<number>,
  count: number,
): ConcretePacket[] {
  const numbers = seeds[Symbol.iterator]();
  const next = (below: number): number => (numbers.next().value ?? 0) % below;
  const pick = <T>(values: readonly T[], otherwise: T): T =>
    values[next(values.length)] ?? otherwise;
  const [stem = ''] = stems[family];
  const addressIn = (spec: string, option: string) => {
    const found = new RegExp(`${option} ([^ /]+)`).exec(spec)?.[1];
    return found !== undefined && next(8) > 0
      ? found
      : `${pick(stems[family], stem)}${1 + next(9)}`;
  };
  return Array.from({ length: count }, () => {
    const spec = specOf(pick(rules, { criteria: [], target: '' }));
    const port = Number(pick(/--dports? ([\d:,]+)/.exec(spec)?.[1]?.split(/[:,]/) ?? [], '8000'));
    return {
      protocol:
        next(8) > 0 && spec.includes('udp') ? 'udp' : pick(['tcp', 'tcp', 'tcp', 'icmp'], 'tcp'),
      source: addressIn(spec, '-s'),
      destination: addressIn(spec, '-d'),
      sourcePort: 40_000,
      destinationPort: Math.max(0, Math.min(65_535, port + pick([0, 0, 0, 0, 1, -1, 16], 0))),
      inInterface: pick(['eth0', 'eth0', 'eth1'], 'eth0'),
      outInterface: 'eth1',
      state: 'NEW',
      dnat: next(2) === 0,
      snat: false,
      direction: 'ORIGINAL',
      originalDestination: `${stem}1`,
      originalDestinationPort: 80,
      tcpFlags: [],
    };
  });
}
