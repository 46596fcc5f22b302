/** The evaluation of chains against a brute-force oracle, packet by packet and for all packets at once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import { addressValue, parseAddress } from '../../src/net/address.ts';
import { type Branch, evaluateChain } from '../../src/netfilter/evaluate-chain.ts';
import { ReadTables } from '../../src/netfilter/tables.ts';
import type { Box } from '../../src/packet/box.ts';
import {
  directionSet,
  interfaceSet,
  oneValue,
  stateValue,
  tcpFlagNames,
  tcpFlagSet,
} from '../../src/packet/dimensions.ts';
import { everyPacket, intersectSets, type PacketSet } from '../../src/packet/packet-set.ts';
import { unionRanges } from '../../src/packet/range-set.ts';
import {
  possibleEnds,
  type RandomChains,
  randomChains,
  ruleText,
} from '../support/chain-oracle.ts';
import type { ConcretePacket, Names } from '../support/concrete-packet.ts';
import type { Family } from '../support/kernel.ts';

const names = {
  ipv4: {
    family: 'ipv4',
    addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.9', '203.0.113.43', '203.0.113.44'],
    networks: ['10.0.0.0/24', '10.0.0.0/30', '10.0.0.2/32', '203.0.113.0/24', '203.0.113.43/32'],
    local: ['10.0.0.1', '203.0.113.43'],
    ports: [3, 8, 80, 81, 443, 30_000],
    interfaces: ['eth0', 'eth1', 'lan0'],
  },
  ipv6: {
    family: 'ipv6',
    addresses: ['2001:db8::1', '2001:db8::2', '2001:db8::9', '2001:db8:1::43', '2001:db8:1::44'],
    networks: ['2001:db8::/64', '2001:db8::/126', '2001:db8::2/128', '2001:db8:1::43/128'],
    local: ['2001:db8::1', '2001:db8:1::43'],
    ports: [3, 8, 80, 81, 443, 30_000],
    interfaces: ['eth0', 'eth1', 'lan0'],
  },
} as const satisfies Record<Family, Names>;

const shapeOf = (family: Family, rules: number) => ({
  names: names[family],
  chains: ['FORWARD', 'NATMAP', 'DOCKER-USER', 'last'],
  targets: ['ACCEPT', 'ACCEPT', 'DROP', 'REJECT', 'RETURN', 'LOG', 'MARK --set-xmark 0x1/0x1', ''],
  interfaces: ['-i', '-o'] as const,
  rules,
  withUnknown: true,
});

function randomPacket({ addresses, ports, interfaces }: Names): fc.Arbitrary<ConcretePacket> {
  const port = fc.constantFrom(...ports, 1, 22_222);
  const icmp = fc.constantFrom(3, 8);
  return fc
    .record({
      protocol: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const, 'icmp' as const),
      source: fc.constantFrom(...addresses),
      destination: fc.constantFrom(...addresses),
      sourcePort: port,
      destinationPort: port,
      inInterface: fc.constantFrom(...interfaces, ''),
      outInterface: fc.constantFrom(...interfaces, ''),
      state: fc.constantFrom(
        ...(['INVALID', 'NEW', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'] as const),
      ),
      dnat: fc.boolean(),
      snat: fc.boolean(),
      direction: fc.constantFrom('ORIGINAL' as const, 'REPLY' as const),
      originalDestination: fc.constantFrom(...addresses),
      originalDestinationPort: port,
      tcpFlags: fc.subarray([...tcpFlagNames]),
      icmp: fc.tuple(icmp, fc.constantFrom(0, 1, 3)),
    })
    .map(({ icmp: [type, code], ...packet }) =>
      packet.protocol === 'icmp' ? { ...packet, sourcePort: type, destinationPort: code } : packet,
    );
}

const protocolNumbers = {
  ipv4: { tcp: 6, udp: 17, icmp: 1 },
  ipv6: { tcp: 6, udp: 17, icmp: 58 },
} as const;

function address(text: string) {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(text);
  return oneValue(addressValue(parsed));
}

function pointBox(packet: ConcretePacket, family: Family): Box {
  const { state, dnat, snat } = packet;
  return {
    protocol: oneValue(protocolNumbers[family][packet.protocol]),
    source: address(packet.source),
    destination: address(packet.destination),
    sourcePort: oneValue(packet.sourcePort),
    destinationPort: oneValue(packet.destinationPort),
    inInterface: interfaceSet(packet.inInterface),
    outInterface: interfaceSet(packet.outInterface),
    state: oneValue(stateValue(state, dnat, snat)),
    direction: directionSet(packet.direction),
    originalDestination: address(packet.originalDestination),
    originalDestinationPort: oneValue(packet.originalDestinationPort),
    tcpFlags: tcpFlagSet(tcpFlagNames, packet.tcpFlags),
  };
}

function readTables(chains: RandomChains, family: Family): ReadTables {
  const text = [
    '*filter',
    ...chains.map(({ name }, at) => `:${name} ${at === 0 ? 'ACCEPT' : '-'} [0:0]`),
    ...chains.flatMap(({ name, rules }) =>
      rules.map((rule) => `-A ${name} ${ruleText(rule)}`.trim()),
    ),
    'COMMIT',
    '',
  ].join('\n');
  const parsed = parseSave(text, family);
  if (!parsed.ok) throw new Error(`${parsed.problem}\n${text}`);
  const local = names[family].local.map(address).reduce(unionRanges, []);
  return new ReadTables(parsed.ruleset, {
    LOCAL: local,
    UNICAST: [],
    BROADCAST: [],
    MULTICAST: [],
    OTHER: [],
  });
}

function evaluate(tables: ReadTables, packets: PacketSet): Branch[] {
  const chain = tables.chain('filter', 'FORWARD');
  if (chain === null) throw new Error('no chain');
  return evaluateChain(tables, chain, [{ packets, view: {}, isCertain: true }]);
}

function endsOf(branches: readonly Branch[]): string[] {
  const ends = branches.map(({ disposition, rule }) =>
    rule === null ? 'policy' : `${disposition.toUpperCase()} ${rule.chain} ${rule.number}`,
  );
  return [...new Set(ends)].sort();
}

describe.each(['ipv4', 'ipv6'] as const)('%s', (family) => {
  const packets = fc.array(randomPacket(names[family]), { minLength: 20, maxLength: 20 });

  test('a packet comes to the ends that the oracle finds', () => {
    fc.assert(
      fc.property(randomChains(shapeOf(family, 12)), packets, (chains, sent) => {
        const tables = readTables(chains, family);
        for (const packet of sent) {
          const branches = evaluate(tables, [pointBox(packet, family)]);
          const possible = [...possibleEnds(chains, packet)].sort();
          expect(endsOf(branches)).toEqual(possible);
          // What is certain is the only way, and the only way is certain but for detours.
          if (branches.some(({ stream }) => stream.isCertain)) expect(possible).toHaveLength(1);
        }
      }),
      { numRuns: 130 },
    );
  });

  test('so does each packet of the set of all', () => {
    fc.assert(
      fc.property(randomChains(shapeOf(family, 5)), packets, (chains, sent) => {
        const branches = evaluate(readTables(chains, family), everyPacket);
        for (const packet of sent) {
          const point = [pointBox(packet, family)];
          const own = branches.filter(
            ({ stream }) => intersectSets(stream.packets, point).length > 0,
          );
          expect(endsOf(own)).toEqual([...possibleEnds(chains, packet)].sort());
        }
      }),
      { numRuns: 130 },
    );
  });
});
