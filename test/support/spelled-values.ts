/** Values of rules in every spelling that iptables takes, for fast-check. */
import fc from 'fast-check';
import type { Family } from './kernel.ts';

/** One address, alone or in a network with or without host bits, as a number or as a netmask. */
export function network(family: Family): fc.Arbitrary<string> {
  const bits = family === 'ipv4' ? 32 : 128;
  const prefix = fc.integer({ min: 0, max: bits }).map(String);
  const suffix =
    family === 'ipv4' ? fc.oneof(prefix, fc.integer({ min: 0, max: bits }).map(netmask)) : prefix;
  return fc
    .tuple(address(family), fc.option(suffix))
    .map(([text, length]) => (length === null ? text : `${text}/${length}`));
}

/** One address: IPv6 in upper case, with zeros, with its gap anywhere, ending as an IPv4 one. */
export function address(family: Family): fc.Arbitrary<string> {
  if (family === 'ipv4') return fc.ipV4();
  const group = fc.constantFrom('0', '0000', '1', '0db8', 'FFFF', 'abcd', 'A', '00e');
  const long = fc.array(group, { minLength: 8, maxLength: 8 });
  const gapped = fc
    .tuple(fc.array(group, { maxLength: 3 }), fc.array(group, { maxLength: 3 }))
    .map(([head, tail]) => `${head.join(':')}::${tail.join(':')}`);
  return fc.oneof(
    fc.ipV6(),
    fc.ipV6().map((text) => text.toUpperCase()),
    long.map((groups) => groups.join(':')),
    gapped,
    fc.ipV4().map((text) => `::ffff:${text}`),
  );
}

function netmask(prefix: number): string {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
}

/** An interface, maybe with the wildcard at its end. */
export const interfaceName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('eth0', 'br-0a1b2c3d4e5f', 'vmbr+', 'docker0', 'tun.7', 'wg_a', 'e+', 'lo@x'),
  fc.stringMatching(/^[a-z][a-zA-Z0-9_.-]{0,13}$/),
);

const ends: fc.Arbitrary<readonly [number, number]> = fc
  .tuple(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 65535 }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);

/** Names that /etc/services has for a protocol; sctp has none that matter. */
const services: Readonly<Record<string, readonly string[]>> = {
  tcp: ['http', 'https', 'domain', 'ssh', 'imaps', 'smtp'],
  udp: ['domain', 'ntp', 'tftp', 'snmp'],
};

/** A number, or a name where the protocol has names. */
function port(protocol: string): fc.Arbitrary<string> {
  const number = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 65535 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('0', '1', '65535') },
  );
  const names = services[protocol] ?? [];
  if (names.length === 0) return number;
  return fc.oneof(
    { weight: 5, arbitrary: number },
    { weight: 1, arbitrary: fc.constantFrom(...names) },
  );
}

/** `N`, `A:B`, `A:`, `:B`, `:`, or a name in place of a number. */
export function portRange(protocol: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: port(protocol) },
    { weight: 3, arbitrary: ends.map((range) => range.join(':')) },
    { weight: 1, arbitrary: fc.constantFrom('0:65535', ':') },
    { weight: 1, arbitrary: port(protocol).map((low) => `${low}:`) },
    { weight: 1, arbitrary: port(protocol).map((high) => `:${high}`) },
  );
}

/** Ports and ranges, in at most 15 slots. */
export function portList(protocol: string): fc.Arbitrary<string> {
  const range = ends.map((pair) => pair.join(':'));
  const item = fc.oneof(port(protocol), range);
  return fc.array(item, { minLength: 1, maxLength: 15 }).map((items) => {
    while (items.join(':').split(':').length > 15) items.pop();
    return items.join(',');
  });
}

/** As {@link portRange}, without names and open ends, from port 1 on. */
export function closedRange(separator: ':' | '-'): fc.Arbitrary<string> {
  const one = fc.integer({ min: 1, max: 65535 });
  return fc.oneof(
    one.map(String),
    fc.tuple(one, one).map(([a, b]) => [Math.min(a, b), Math.max(a, b)].join(separator)),
  );
}

/** Some of `words`, in any order and case, separated by commas; one may come twice. */
export function listOf(...words: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('upper', 'lower', 'mixed'),
    )
    .map(([items, style]) => {
      if (style === 'upper') return items.join(',');
      if (style === 'lower') return items.join(',').toLowerCase();
      return items.map((item, index) => (index % 2 ? item : item.toLowerCase())).join(',');
    });
}

/** Comments that have tripped somebody up, and arbitrary ones; at most 255 bytes. */
export const commentText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', "'", '\\', ' ', '  ', '!', '#', '%s', '$(id)', '\\n', '🙂', 'é', ','),
      fc.constantFrom('-j ACCEPT', '-A INPUT', '-t', '--table', '*filter', 'COMMIT', '\u2028'),
      fc.string({ maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
      fc.constant('x'.repeat(250)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => {
    const text = parts
      .join('')
      .replace(/\p{Cc}/gu, '')
      .toWellFormed();
    return Buffer.from(text)
      .subarray(0, 255)
      .toString()
      .replace(/\uFFFD+$/, '');
  });
