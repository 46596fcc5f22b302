/**
 * Rules as people and their templates write them, for fast-check: any order, any spelling that
 * iptables(8) allows, and some that it says it allows. A rule is the text behind `-A CHAIN`.
 */
import fc from 'fast-check';
import type { Family } from './kernel.ts';
import {
  address,
  closedRange,
  commentText,
  interfaceName,
  listOf,
  network,
  portList,
  portRange,
} from './spelled-values.ts';

/** The tables that rules are written for. */
export const spelledTables = ['filter', 'nat'] as const;
export type SpelledTable = (typeof spelledTables)[number];

/** Chains that rules lead to: they have to exist where the rules are loaded. */
export const neighbours = ['NATMAP-A', 'NATMAP-b_2'] as const;

/** Words that stay together in their order. */
type Words = readonly string[];

interface Transport {
  /** `-p` and its value, or nothing. */
  readonly protocol: Words;
  /** Matches that may stand only behind the protocol. */
  readonly matches: readonly Words[];
  readonly hasPorts: boolean;
}

/** The text of one rule. */
export function spelledRule(family: Family, table: SpelledTable): fc.Arbitrary<string> {
  return fc
    .tuple(transport(family), head(family), fc.array(match(family), { maxLength: 3 }), fc.boolean())
    .chain(([carried, heads, matches, isShuffled]) =>
      target(family, table, carried.hasPorts).chain((targets) => {
        const usual = [...heads, carried.protocol, ...carried.matches, ...matches, targets];
        const free = [...heads, ...matches, targets];
        const words = isShuffled ? mixed(free, carried) : fc.constant(usual);
        return words.chain((parts) => written(parts.flat()));
      }),
    );
}

/** The protocol somewhere among the rest, and what needs it behind it. */
function mixed(free: readonly Words[], { protocol, matches }: Transport): fc.Arbitrary<Words[]> {
  const places = fc.tuple(fc.nat(free.length), fc.nat(free.length));
  return fc.tuple(shuffled(free), places).map(([parts, [a, b]]) => {
    const [first, second] = [Math.min(a, b), Math.max(a, b)];
    return [
      ...parts.slice(0, first),
      protocol,
      ...parts.slice(first, second),
      ...matches,
      ...parts.slice(second),
    ];
  });
}

function transport(family: Family): fc.Arbitrary<Transport> {
  const ported = fc.constantFrom('tcp', 'udp', 'sctp').chain((name) =>
    fc
      .tuple(protocol(name), ownMatch(name), fc.option(multiport(name), { freq: 2 }))
      .map(([words, own, ports]) => ({
        protocol: words,
        matches: ports === null ? [own] : [own, ports],
        hasPorts: true,
      })),
  );
  const alone = (words: Words) => ({ protocol: words, matches: [], hasPorts: false });
  const portless = fc.constantFrom('all', ...(family === 'ipv4' ? ['icmp'] : [])).chain(protocol);
  const negated = option(['-p', '--proto'], fc.constantFrom('tcp', '17', 'SCTP', '1'));
  return fc.oneof(
    { weight: 9, arbitrary: ported },
    { weight: 1, arbitrary: portless.map(alone) },
    { weight: 1, arbitrary: negated.map((words) => alone(['!', ...words])) },
    { weight: 2, arbitrary: fc.constant(alone([])) },
  );
}

const protocolNumbers: Readonly<Record<string, string>> = {
  tcp: '6',
  udp: '17',
  sctp: '132',
  icmp: '1',
  all: '0',
};

function protocol(name: string): fc.Arbitrary<Words> {
  const value = fc.constantFrom(name, name, name.toUpperCase(), protocolNumbers[name] ?? name);
  return option(['-p', '-p', '--protocol', '--proto'], value);
}

/** The match of the protocol itself, with `-m` or without. */
function ownMatch(name: string): fc.Arbitrary<Words> {
  const options = fc.tuple(
    fc.option(invertible(['--sport', '--source-port'], portRange(name))),
    fc.option(invertible(['--dport', '--destination-port'], portRange(name))),
    name === 'tcp' ? fc.option(tcpOption) : fc.constant(null),
  );
  return fc
    .tuple(fc.boolean(), options)
    .chain(([isExplicit, parts]) =>
      shuffled(parts.filter((part) => part !== null)).map((given) => [
        ...(isExplicit ? ['-m', name] : []),
        ...given.flat(),
      ]),
    );
}

const flags = listOf('FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG');

const tcpOption: fc.Arbitrary<Words> = fc
  .tuple(
    fc.oneof(
      fc.constant(['--syn']),
      fc
        .tuple(fc.oneof(flags, fc.constant('ALL')), fc.oneof(flags, fc.constant('NONE')))
        .map((both) => ['--tcp-flags', ...both]),
      fc.integer({ min: 1, max: 255 }).map((kind) => ['--tcp-option', String(kind)]),
    ),
    fc.boolean(),
  )
  .map(([words, isInverted]) => (isInverted ? ['!', ...words] : words));

function multiport(protocolName: string): fc.Arbitrary<Words> {
  return invertible(
    ['--dports', '--destination-ports', '--sports', '--source-ports', '--ports'],
    portList(protocolName),
  ).map((words) => ['-m', 'multiport', ...words]);
}

/** Addresses and interfaces. */
function head(family: Family): fc.Arbitrary<Words[]> {
  const one = network(family);
  const several = fc.array(one, { minLength: 2, maxLength: 3 }).map((list) => list.join(','));
  const place = (names: readonly string[]) =>
    fc.oneof(
      { weight: 3, arbitrary: invertible(names, one) },
      { weight: 1, arbitrary: option(names, several) },
      { weight: 3, arbitrary: fc.constant<Words>([]) },
    );
  const side = (names: readonly string[]) =>
    fc.option(invertible(names, interfaceName), { freq: 2, nil: [] });
  return fc
    .tuple(
      place(['-s', '--source', '--src']),
      place(['-d', '--destination', '--dst']),
      side(['-i', '--in-interface']),
      side(['-o', '--out-interface']),
    )
    .map((parts) => [...parts]);
}

const states = listOf('INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT');
const types: Readonly<Record<Family, fc.Arbitrary<string>>> = {
  ipv4: listOf('UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'PROHIBIT', 'BLACKHOLE'),
  // The kernel has no others in IPv6 (addrtype_mt_checkentry_v1, net/netfilter/xt_addrtype.c).
  ipv6: listOf('UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'),
};

/** Matches that need no protocol. */
function match(family: Family): fc.Arbitrary<Words> {
  const comment = option(['--comment'], commentText).map((words) => ['-m', 'comment', ...words]);
  const conntrack = some('conntrack', [
    invertible(['--ctstate'], states),
    option(['--ctdir'], fc.constantFrom('ORIGINAL', 'REPLY', 'original', 'Reply')),
    invertible(['--ctorigdstport'], fc.oneof(closedRange(':'), portRange(''))),
    invertible(['--ctorigsrcport', '--ctreplsrcport', '--ctrepldstport'], closedRange(':')),
  ]);
  const sides = [
    invertible(['--src-type'], types[family]),
    invertible(['--dst-type'], types[family]),
  ];
  const limit = fc.constantFrom<Words>([], [], ['--limit-iface-in'], ['--limit-iface-out']);
  const addrtype = fc
    .tuple(some('addrtype', sides), limit)
    .map(([words, last]) => [...words, ...last]);
  return fc.oneof(comment, conntrack, addrtype, statistic);
}

const random = fc
  .tuple(
    fc.constant(['--mode', 'random']),
    invertible(['--probability'], fc.oneof(decimals(1), decimals(11), decimals(17))),
  )
  .chain(shuffled);

const nth = fc
  .integer({ min: 1, max: 2 ** 32 - 1 })
  .chain((every) => fc.tuple(fc.constant(every), fc.nat(every - 1)))
  .chain(([every, packet]) =>
    fc.tuple(
      fc.constant(['--mode', 'nth']),
      invertible(['--every'], fc.constant(String(every))),
      option(['--packet'], fc.constant(String(packet))),
    ),
  )
  .chain(shuffled);

const statistic: fc.Arbitrary<Words> = fc
  .oneof(random, nth)
  .map((parts) => ['-m', 'statistic', ...parts.flat()]);

/** From 0 to 1 with so many digits behind the point. */
function decimals(digits: number): fc.Arbitrary<string> {
  const zeros = fc
    .bigInt({ min: 0n, max: 10n ** BigInt(digits) - 1n })
    .map((value) => `0.${value.toString().padStart(digits, '0')}`);
  return fc.oneof({ weight: 9, arbitrary: zeros }, { weight: 1, arbitrary: fc.constant('1') });
}

/** A match with at least one of its options, in any order. */
function some(name: string, options: readonly fc.Arbitrary<Words>[]): fc.Arbitrary<Words> {
  return fc
    .tuple(...options)
    .chain((parts) => fc.shuffledSubarray(parts, { minLength: 1 }))
    .map((parts) => ['-m', name, ...parts.flat()]);
}

function target(family: Family, table: SpelledTable, hasPorts: boolean): fc.Arbitrary<Words> {
  const jump = option(['-j', '--jump'], fc.constantFrom('ACCEPT', 'RETURN', ...neighbours));
  const goto = option(['-g', '--goto'], fc.constantFrom(...neighbours));
  const own = table === 'nat' ? natTarget(family, hasPorts) : filterTarget(family);
  return fc.oneof(
    { weight: 4, arbitrary: own },
    { weight: 3, arbitrary: jump },
    { weight: 1, arbitrary: goto },
    { weight: 1, arbitrary: fc.constant<Words>([]) },
  );
}

function filterTarget(family: Family): fc.Arbitrary<Words> {
  const usual = family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable';
  return fc.constantFrom<Words>(
    ['-j', 'DROP'],
    ['--jump', 'DROP'],
    ['-j', 'REJECT'],
    ['-j', 'REJECT', '--reject-with', usual],
  );
}

function natTarget(family: Family, hasPorts: boolean): fc.Arbitrary<Words> {
  const to = translation(family, hasPorts);
  const toPorts = hasPorts ? [option(['--to-ports'], closedRange('-'))] : [];
  return fc.oneof(
    withFlags('DNAT', option(['--to-destination'], to), '--random', '--persistent'),
    withFlags('SNAT', option(['--to-source'], to), '--random', '--random-fully', '--persistent'),
    withFlags(
      'MASQUERADE',
      fc.oneof(fc.constant<Words>([]), ...toPorts),
      '--random',
      '--random-fully',
    ),
    withFlags('REDIRECT', fc.oneof(fc.constant<Words>([]), ...toPorts), '--random'),
  );
}

function withFlags(
  name: string,
  first: fc.Arbitrary<Words>,
  ...names: readonly string[]
): fc.Arbitrary<Words> {
  return fc
    .tuple(first, fc.subarray([...names]))
    .chain(([words, given]) => shuffled([words, ...given.map((each) => [each])]))
    .map((parts) => ['-j', name, ...parts.flat()]);
}

/** `ADDRESS[-ADDRESS][:PORTS]` or `:PORTS`; IPv6 addresses in brackets before ports. */
function translation(family: Family, hasPorts: boolean): fc.Arbitrary<string> {
  const one = address(family);
  const range = fc.tuple(one, one).map((pair) => pair.join('-'));
  const addresses = fc.oneof({ weight: 3, arbitrary: one }, { weight: 1, arbitrary: range });
  if (!hasPorts) return addresses;
  const ports = closedRange('-').map((text) => `:${text}`);
  const both = fc
    .tuple(addresses, ports)
    .map(([text, suffix]) => (family === 'ipv6' ? `[${text}]${suffix}` : `${text}${suffix}`));
  return fc.oneof(addresses, ports, both, both);
}

/**
 * An option with its value behind it, or in the same word. For -s, -d, -p, -i, -o, -j and -g iptables
 * 1.8.9 would take the whole word for the value (argv[optind - 1] in iptables/xshared.c).
 */
function option(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Words> {
  return fc.tuple(fc.constantFrom(...names), value, fc.nat(5)).map(([name, text, style]) => {
    if (style > 0 || text === '' || misread.test(name)) return [name, text];
    return name.startsWith('--') ? [`${name}=${text}`] : [`${name}${text}`];
  });
}

const misread =
  /^(-.|--(source|src|destination|dst|proto|protocol|in-interface|out-interface|jump|goto))$/;

function invertible(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Words> {
  return fc
    .tuple(option(names, value), fc.nat(4))
    .map(([words, style]) => (style === 0 ? ['!', ...words] : words));
}

function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

/** The words as a line: blanks of several kinds, quotes where needed or everywhere. */
function written(words: Words): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(' ', ' ', ' ', '  ', '\t'), fc.nat(9))
    .map(([blank, style]) =>
      words.map((word) => (style === 0 || /[\s"]|^$/.test(word) ? quoted(word) : word)).join(blank),
    );
}

function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}
