/**
 * The brute-force oracle of the packet model: one concrete packet against a list of rules, by plain
 * comparison. It shares no code with the model; what a rule asks is a function beside its text.
 */
import { BlockList } from 'node:net';
import fc from 'fast-check';
import type { Family } from './kernel.ts';

/** A packet with everything that rules ask about. */
export interface ConcretePacket {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly source: string;
  readonly destination: string;
  /** Of icmp, its type and code. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly inInterface: string;
  readonly outInterface: string;
  readonly state: 'INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED';
  readonly dnat: boolean;
  readonly snat: boolean;
  readonly direction: 'ORIGINAL' | 'REPLY';
  readonly originalDestination: string;
  readonly originalDestinationPort: number;
  readonly tcpFlags: readonly string[];
}

/** What a rule asks: its text, and whether a packet fits; null where it is not for the packet to say. */
export interface Criterion {
  readonly text: string;
  readonly fits: (packet: ConcretePacket) => boolean | null;
}

/** What is named by rules and packets of one family. */
export interface Names {
  readonly family: Family;
  readonly addresses: readonly string[];
  readonly networks: readonly string[];
  readonly local: readonly string[];
  readonly ports: readonly number[];
  readonly interfaces: readonly string[];
}

export function isWithin(address: string, network: string, family: Family): boolean {
  const key = `${address} ${network}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const list = new BlockList();
  const [base = '', prefix] = network.split('/');
  list.addSubnet(base, Number(prefix), family);
  const answer = list.check(address, family);
  answers.set(key, answer);
  return answer;
}

/** The pools are small, and lists are slow to make. */
const answers = new Map<string, boolean>();

/** Whether an interface is meant by a name, which may end in `+`. */
export function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** The criterion, or with `!` its contrary. */
function negatable(
  criterion: fc.Arbitrary<{ before?: string; text: string; fits: Criterion['fits'] }>,
): fc.Arbitrary<Criterion> {
  return fc.tuple(criterion, fc.nat(3)).map(([{ before = '', text, fits }, chance]) =>
    chance > 0
      ? { text: `${before}${text}`, fits }
      : {
          text: `${before}! ${text}`,
          fits: (packet) => {
            const upright = fits(packet);
            return upright === null ? null : !upright;
          },
        },
  );
}

export function sourceCriterion({ networks, family }: Names): fc.Arbitrary<Criterion> {
  return negatable(
    fc.constantFrom(...networks).map((network) => ({
      text: `-s ${network}`,
      fits: ({ source }) => isWithin(source, network, family),
    })),
  );
}

export function destinationCriterion({ networks, family }: Names): fc.Arbitrary<Criterion> {
  return negatable(
    fc.constantFrom(...networks).map((network) => ({
      text: `-d ${network}`,
      fits: ({ destination }) => isWithin(destination, network, family),
    })),
  );
}

export function interfaceCriterion(
  option: '-i' | '-o',
  { interfaces }: Names,
): fc.Arbitrary<Criterion> {
  const patterns = [...interfaces, ...interfaces.map((name) => `${name.slice(0, -1)}+`), 'l+'];
  return negatable(
    fc.constantFrom(...patterns).map((pattern) => ({
      text: `${option} ${pattern}`,
      fits: ({ inInterface, outInterface }) =>
        isNamed(option === '-i' ? inInterface : outInterface, pattern),
    })),
  );
}

/** A protocol, and maybe ports, flags or a type: of what iptables takes only together. */
export function protocolCriteria(names: Names): fc.Arbitrary<readonly Criterion[]> {
  const tcpOrUdp = fc.constantFrom('tcp' as const, 'udp' as const);
  const protocol = (name: ConcretePacket['protocol']): Criterion => ({
    text: `-p ${name === 'icmp' && names.family === 'ipv6' ? 'ipv6-icmp' : name}`,
    fits: (packet) => packet.protocol === name,
  });
  return fc.oneof(
    { weight: 2, arbitrary: tcpOrUdp.map((name) => [protocol(name)]) },
    {
      weight: 1,
      arbitrary: tcpOrUdp.map((name) => [
        { text: `! -p ${name}`, fits: (packet: ConcretePacket) => packet.protocol !== name },
      ]),
    },
    {
      weight: 5,
      arbitrary: tcpOrUdp.chain((name) =>
        fc
          .tuple(portCriterion(name, names), fc.option(portCriterion(name, names), { freq: 5 }))
          .map(([one, other]) => {
            const isDouble = other === null || other.text.includes(` ${one.kind} `);
            return [protocol(name), one, ...(isDouble ? [] : [other])];
          }),
      ),
    },
    { weight: 2, arbitrary: multiportCriterion(names) },
    { weight: 1, arbitrary: flagsCriterion.map((flags) => [protocol('tcp'), flags]) },
    { weight: 1, arbitrary: icmpCriterion(names).map((type) => [protocol('icmp'), type]) },
  );
}

function portCriterion(
  protocol: string,
  { ports }: Names,
): fc.Arbitrary<Criterion & { readonly kind: string }> {
  const range = fc
    .tuple(fc.constantFrom(...ports), fc.constantFrom(0, 0, 1, 3, 30_000))
    .map(([first, more]) => [first, Math.min(65_535, first + more)] as const);
  return fc
    .tuple(fc.constantFrom('--dport', '--dport', '--sport'), range, fc.nat(4))
    .map(([kind, [first, last], chance]) => {
      const text = first === last ? `${first}` : `${first}:${last}`;
      const isIn = ({ sourcePort, destinationPort }: ConcretePacket) => {
        const port = kind === '--dport' ? destinationPort : sourcePort;
        return first <= port && port <= last;
      };
      return {
        kind,
        text: `-m ${protocol} ${chance === 0 ? '! ' : ''}${kind} ${text}`,
        fits: (packet) => isIn(packet) !== (chance === 0),
      };
    });
}

function multiportCriterion({ ports }: Names): fc.Arbitrary<readonly Criterion[]> {
  const list = fc.uniqueArray(fc.constantFrom(...ports), { minLength: 2, maxLength: 4 });
  return fc
    .tuple(
      fc.constantFrom('tcp' as const, 'udp' as const),
      fc.constantFrom('--dports', '--sports', '--ports'),
      list,
      fc.boolean(),
    )
    .chain(([protocol, kind, chosen, withRange]) => {
      const isListed = (port: number) =>
        chosen.includes(port) || (withRange && 20_000 <= port && port <= 39_999);
      const text = `${kind} ${chosen.join(',')}${withRange ? ',20000:39999' : ''}`;
      return negatable(
        fc.constant({
          before: '-m multiport ',
          text,
          fits: ({ sourcePort, destinationPort }: ConcretePacket) =>
            (kind !== '--sports' && isListed(destinationPort)) ||
            (kind !== '--dports' && isListed(sourcePort)),
        }),
      ).map((criterion) => [
        { text: `-p ${protocol}`, fits: (packet: ConcretePacket) => packet.protocol === protocol },
        criterion,
      ]);
    });
}

const flagsCriterion: fc.Arbitrary<Criterion> = fc
  .constantFrom(
    ['FIN,SYN,RST,ACK', 'SYN'],
    ['SYN,ACK', 'SYN,ACK'],
    ['FIN,SYN,RST,PSH,ACK,URG', 'NONE'],
  )
  .chain(([mask = '', set = '']) =>
    negatable(
      fc.constant({
        before: '-m tcp ',
        text: `--tcp-flags ${mask} ${set}`,
        fits: ({ tcpFlags }: ConcretePacket) => {
          const wanted = set === 'NONE' ? [] : set.split(',');
          return mask.split(',').every((flag) => tcpFlags.includes(flag) === wanted.includes(flag));
        },
      }),
    ),
  );

function icmpCriterion({ family }: Names): fc.Arbitrary<Criterion> {
  const option = family === 'ipv4' ? '--icmp-type' : '--icmpv6-type';
  return fc.constantFrom('3', '8', '3/1', '3/3').chain((type) =>
    negatable(
      fc.constant({
        before: `-m ${family === 'ipv4' ? 'icmp' : 'icmp6'} `,
        text: `${option} ${type}`,
        fits: ({ sourcePort, destinationPort }: ConcretePacket) => {
          const [number, code] = type.split('/').map(Number);
          return sourcePort === number && (code === undefined || destinationPort === code);
        },
      }),
    ),
  );
}

/** conntrack, state, addrtype, iprange and comment. */
export function extraCriterion(names: Names): fc.Arbitrary<Criterion> {
  const { addresses, ports, local, family, networks } = names;
  const isTracked = ({ state }: ConcretePacket) => state !== 'INVALID' && state !== 'UNTRACKED';
  const states = fc.subarray(
    ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'],
    { minLength: 1, maxLength: 3 },
  );
  const inStates = (list: readonly string[]) => (packet: ConcretePacket) =>
    list.includes(packet.state) ||
    (packet.dnat && list.includes('DNAT')) ||
    (packet.snat && list.includes('SNAT'));
  const tracked =
    (isInverted: boolean, fits: (packet: ConcretePacket) => boolean) => (packet: ConcretePacket) =>
      isTracked(packet) && fits(packet) !== isInverted;
  const maybeNot = fc.nat(3).map((chance) => chance === 0);
  return fc.oneof(
    negatable(
      states.map((list) => ({
        before: '-m conntrack ',
        text: `--ctstate ${list.join(',')}`,
        fits: inStates(list),
      })),
    ),
    negatable(
      fc.subarray(['NEW', 'ESTABLISHED', 'UNTRACKED'], { minLength: 1 }).map((list) => ({
        before: '-m state ',
        text: `--state ${list.join(',')}`,
        fits: inStates(list),
      })),
    ),
    fc.constantFrom('ORIGINAL', 'REPLY').map((direction) => ({
      text: `-m conntrack --ctdir ${direction}`,
      fits: tracked(false, (packet) => packet.direction === direction),
    })),
    fc.tuple(fc.constantFrom(...ports), maybeNot).map(([port, not]) => ({
      text: `-m conntrack ${not ? '! ' : ''}--ctorigdstport ${port}`,
      fits: tracked(not, (packet) => packet.originalDestinationPort === port),
    })),
    fc.tuple(fc.constantFrom(...networks), maybeNot).map(([network, not]) => ({
      text: `-m conntrack ${not ? '! ' : ''}--ctorigdst ${network}`,
      fits: tracked(not, (packet) => isWithin(packet.originalDestination, network, family)),
    })),
    negatable(
      fc.constantFrom('src' as const, 'dst' as const).map((side) => ({
        before: '-m addrtype ',
        text: `--${side}-type LOCAL`,
        fits: ({ source, destination }) => local.includes(side === 'src' ? source : destination),
      })),
    ),
    negatable(
      fc
        .tuple(fc.constantFrom('src', 'dst'), fc.nat(addresses.length - 1), fc.nat(2))
        .map(([side, at, more]) => {
          const range = addresses.slice(at, at + 1 + more);
          const first = addresses[at] ?? '';
          // The addresses stand in their order, so that those between are in the range.
          const last = range.at(-1) ?? first;
          return {
            before: '-m iprange ',
            text: `--${side}-range ${first}-${last}`,
            fits: ({ source, destination }: ConcretePacket) =>
              range.includes(side === 'src' ? source : destination),
          };
        }),
    ),
    fc.constant({ text: '-m comment --comment "-j DROP"', fits: () => true }),
  );
}

/** Matches that are about more than the packet, or about what the model does not hold. */
export const unknownCriterion: fc.Arbitrary<Criterion> = fc
  .constantFrom(
    '-m mark --mark 0x1/0x1',
    '-m mark ! --mark 0x0',
    '-m limit --limit 1/min --limit-burst 3',
    '-m statistic --mode random --probability 0.50000000000',
    '-m u32 --u32 "0x0&0xff=0x0:0xff"',
    '-m string --string "-j DROP" --algo bm',
    '-m recent --rcheck --name natmap --rsource',
    '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name natmap',
    '-m length --length 20:60',
    '-m physdev --physdev-in wan0',
  )
  .map((text) => ({ text, fits: () => null }));
