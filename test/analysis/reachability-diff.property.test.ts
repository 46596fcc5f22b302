/** What is said of a change holds for every packet, and everything that changes is said. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeaderSpace } from '../../src/analysis/header-space.ts';
import { diffReachability, type ReachabilityChange } from '../../src/analysis/reachability-diff.ts';
import { natRules } from './rulesets.ts';

/**
 * A rule as a packet meets it: here, nothing but the comparison of numbers and beginnings of names. The
 * condition is a source port from 1024 on.
 */
interface Rule {
  readonly ext: string | null;
  readonly inInterface: string | null;
  readonly source: string | null;
  readonly first: number;
  readonly last: number;
  readonly to: string | null;
  readonly isConditional: boolean;
}

interface Packet {
  readonly ext: string;
  readonly inInterface: string;
  readonly source: string;
  readonly port: number;
}

const rule: fc.Arbitrary<Rule> = fc
  .record({
    ext: fc.constantFrom(null, '203.0.113.43/32', '203.0.113.44/32', '203.0.113.0/24'),
    inInterface: fc.constantFrom(null, null, 'eth0', 'eth+', 'eth0+', 'vmbr0'),
    source: fc.constantFrom(null, null, '10.0.0.0/8', '10.0.0.0/24', '10.0.0.5/32', '10.1.0.0/16'),
    first: fc.integer({ min: 1, max: 5 }),
    more: fc.constantFrom(0, 0, 1, 3),
    to: fc.constantFrom(null, '10.9.0.1', '10.9.0.1', '10.9.0.2', '10.9.0.2:3'),
    isConditional: fc.constantFrom(false, false, false, true),
  })
  .map(({ more, ...rest }) => ({ ...rest, last: rest.first + more }));

const packets: readonly Packet[] = ['203.0.113.43', '203.0.113.44', '203.0.113.45', '192.0.2.9']
  .flatMap((ext) => ['eth0', 'eth1', 'vmbr0'].map((inInterface) => ({ ext, inInterface })))
  .flatMap((one) =>
    ['10.0.0.5', '10.0.0.6', '10.0.7.1', '10.1.0.1', '192.0.2.1'].map((source) => ({
      ...one,
      source,
    })),
  )
  .flatMap((one) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((port) => ({ ...one, port })));

function printRule({ ext, inInterface, source, first, last, to, isConditional }: Rule): string {
  return [
    'NATMAP',
    ...(source === null ? [] : ['-s', source]),
    ...(ext === null ? [] : ['-d', ext]),
    ...(inInterface === null ? [] : ['-i', inInterface]),
    ...['-p tcp -m tcp', ...(isConditional ? ['--sport 1024:65535'] : [])],
    `--dport ${first === last ? first : `${first}:${last}`}`,
    to === null ? '-j RETURN' : `-j DNAT --to-destination ${to}`,
  ].join(' ');
}

function isIn(address: string, network: string | null): boolean {
  if (network === null) return true;
  const [base = '', prefix] = network.split('/');
  const number = (text: string) =>
    text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(prefix));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}

function isOn(name: string, pattern: string | null): boolean {
  if (pattern === null) return true;
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function comesBy(
  packet: Packet,
  { ext, inInterface, source }: Pick<Rule, 'ext' | 'inInterface' | 'source'>,
): boolean {
  return (
    isIn(packet.ext, ext) && isIn(packet.source, source) && isOn(packet.inInterface, inInterface)
  );
}

/** Where the packet may come to, by the port that it comes from. */
function landings(rules: readonly Rule[], packet: Packet): Set<string> {
  const found = [1023, 1024].flatMap((sourcePort) => {
    const first = rules.find(
      (each) =>
        comesBy(packet, each) &&
        each.first <= packet.port &&
        packet.port <= each.last &&
        (!each.isConditional || sourcePort >= 1024),
    );
    return first === undefined || first.to === null ? [] : [landingOn(first.to, packet.port)];
  });
  return new Set(found);
}

function landingOn(to: string, port: number): string {
  return to.includes(':') ? to : `${to}:${port}`;
}

/** Where the packet comes to by what was said. */
function saidOf(reaches: readonly ReachabilityChange[], packet: Packet): Set<string> {
  const text = (space: HeaderSpace) => ({
    ext: networkText(space.ext),
    inInterface: space.inInterface,
    source: networkText(space.source),
  });
  return new Set(
    reaches
      .filter(({ ports }) => ports.first <= packet.port && packet.port <= ports.last)
      .filter(({ space, except }) => {
        const by = (each: HeaderSpace) => comesBy(packet, text(each));
        return by(space) && !except.some(by);
      })
      .map(({ rule: { spec } }) =>
        landingOn(/--to-destination (\S+)/.exec(spec)?.[1] ?? '', packet.port),
      ),
  );
}

function networkText(network: HeaderSpace['ext']): string | null {
  if (network === null || typeof network === 'string') return null;
  return `${network.base.text}/${network.prefix}`;
}

test('a packet comes to a new place exactly if that is said', () => {
  const rules = fc.array(rule, { maxLength: 5 });
  fc.assert(
    fc.property(rules, rules, fc.array(rule, { maxLength: 2 }), (one, other, common) => {
      // Some rules stay, so that what comes and goes is distinguished from what is there.
      const [before, after] = [
        [...one, ...common],
        [...other, ...common],
      ];
      const { opened, closed } = diffReachability(
        natRules(before.map(printRule)),
        natRules(after.map(printRule)),
      );
      const wrong = packets.filter((packet) => {
        const [was, is] = [landings(before, packet), landings(after, packet)];
        return (
          !isDeepStrictEqual(saidOf(opened, packet), without(is, was)) ||
          !isDeepStrictEqual(saidOf(closed, packet), without(was, is))
        );
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 200 },
  );
}, 60_000);

function without(places: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...places].filter((place) => !others.has(place)));
}
