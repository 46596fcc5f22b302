/** Whole rulesets of a host between two networks: natmap's rules and those of others, at every hook. */
import fc from 'fast-check';
import { type ChainShape, randomChains, randomCriteria, ruleText } from './chain-oracle.ts';
import type { Names } from './concrete-packet.ts';
import type { Family } from './kernel.ts';
import { type Attempt, labAddresses, labPorts, type Place, places } from './packet-lab.ts';
import { block } from './restore.ts';

/** Addresses in ascending order, those of nobody among them. */
const firewallNames = {
  ipv4: {
    family: 'ipv4',
    addresses: [
      '10.0.0.1',
      '10.0.0.101',
      '10.0.0.102',
      '198.51.100.10',
      '198.51.100.11',
      '203.0.113.43',
      '203.0.113.44',
    ],
    networks: [
      ...['10.0.0.0/24', '10.0.0.101/32', '10.0.0.100/30', '198.51.100.0/24', '198.51.100.10/32'],
      ...['203.0.113.43/32', '203.0.113.44/32', '203.0.113.0/24', '198.51.100.8/31', '127.0.0.0/8'],
    ],
    local: [],
    ports: [...labPorts, 25_000],
    interfaces: ['wan0', 'lan0', 'lo'],
  },
  ipv6: {
    family: 'ipv6',
    addresses: [
      '2001:db8:10::1',
      '2001:db8:10::101',
      '2001:db8:10::102',
      '2001:db8:43::43',
      '2001:db8:43::44',
      '2001:db8:51::10',
      '2001:db8:51::11',
    ],
    networks: [
      ...['2001:db8:10::/64', '2001:db8:10::101/128', '2001:db8:10::100/126', '2001:db8:51::/64'],
      ...['2001:db8:51::10/128', '2001:db8:43::43/128', '2001:db8:43::44/128', '2001:db8:43::/64'],
    ],
    local: [],
    ports: [...labPorts, 25_000],
    interfaces: ['wan0', 'lan0', 'lo'],
  },
} as const satisfies Record<Family, Names>;

/** iptables-save text of all four tables. */
export function randomFirewall(family: Family, withUnknown: boolean): fc.Arbitrary<string> {
  const table = (name: string, hooks: readonly Hook[]) =>
    tableText(family, name, hooks, withUnknown);
  return fc
    .tuple(
      table('raw', ['PREROUTING', 'OUTPUT']),
      table('mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']),
      table('nat', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']),
      table('filter', ['INPUT', 'FORWARD', 'OUTPUT']),
    )
    .map((texts) => texts.join(''));
}

type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

/** iptables takes no interface that a hook cannot have. */
const interfacesAt: Readonly<Record<Hook, readonly ('-i' | '-o')[]>> = {
  PREROUTING: ['-i'],
  INPUT: ['-i'],
  FORWARD: ['-i', '-o'],
  OUTPUT: ['-o'],
  POSTROUTING: ['-o'],
};

/** Most packets shall come through some tables, or none would be left for the others. */
const mostRules: Readonly<Record<string, number>> = { raw: 2, mangle: 2, nat: 6, filter: 5 };

/** A user's chains are of one hook each: targets and matches are checked where they are reached. */
function tableText(
  family: Family,
  table: string,
  hooks: readonly Hook[],
  withUnknown: boolean,
): fc.Arbitrary<string> {
  return fc
    .tuple(...hooks.map((hook) => hookChains(family, table, hook, withUnknown)))
    .map((parts) => {
      const headers = parts.flatMap(({ header }) => header);
      return block(table, ...headers, ...parts.flatMap(({ rules }) => rules));
    });
}

function hookChains(
  family: Family,
  table: string,
  hook: Hook,
  withUnknown: boolean,
): fc.Arbitrary<{ readonly header: readonly string[]; readonly rules: readonly string[] }> {
  const chains = [hook, `NATMAP-${hook}`, `USER-${hook}`];
  const shape: ChainShape = {
    names: firewallNames[family],
    chains,
    targets: targetsOf(table, hook),
    interfaces: interfacesAt[hook],
    rules: mostRules[table] ?? 0,
    withUnknown,
  };
  const policy = fc.constantFrom(
    'ACCEPT',
    'ACCEPT',
    'ACCEPT',
    table === 'filter' ? 'DROP' : 'ACCEPT',
  );
  const replies = fc.boolean();
  return fc
    .tuple(
      randomChains(shape),
      policy,
      replies,
      fc.array(translatingRule(family, hook, shape), { maxLength: table === 'nat' ? 4 : 0 }),
    )
    .map(([made, given, letsReplies, translating]) => {
      const isFilter = table === 'filter' && letsReplies;
      const first = isFilter
        ? [`-A ${hook} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`]
        : [];
      const names = [hook, `NATMAP-${hook}`];
      return {
        header: chains.map((name) => `:${name} ${name === hook ? given : '-'} [0:0]`),
        rules: [
          ...first,
          ...(table === 'nat' ? [`-A ${hook} -j NATMAP-${hook}`] : []),
          ...translating.map((text, at) => `-A ${names[at % 2]} ${text}`),
          ...made.flatMap(({ name, rules }) =>
            rules.map((rule) => `-A ${name} ${ruleText(rule)}`.trimEnd()),
          ),
        ],
      };
    });
}

function targetsOf(table: string, hook: Hook): readonly string[] {
  const neutral = ['RETURN', 'LOG', ''];
  switch (table) {
    case 'raw':
      return [...neutral, ...neutral, 'ACCEPT', 'DROP', 'CT --notrack'];
    case 'mangle':
      return [...neutral, ...neutral, 'ACCEPT', 'DROP', 'MARK --set-xmark 0x1/0xffffffff'];
    case 'nat':
      return [...neutral, 'ACCEPT'];
    default:
      return [
        ...neutral,
        'ACCEPT',
        'ACCEPT',
        'DROP',
        'REJECT',
        ...(hook === 'FORWARD' ? ['ACCEPT'] : []),
      ];
  }
}

/** Of the forms that natmap has, and of others. */
function translatingRule(family: Family, hook: Hook, shape: ChainShape): fc.Arbitrary<string> {
  const { client, host, server } = labAddresses[family];
  const at = (address: string, ports: string) =>
    family === 'ipv4' ? `${address}:${ports}` : `[${address}]:${ports}`;
  const port = fc.constantFrom(...labPorts);
  const bits = family === 'ipv4' ? 32 : 128;
  const isDestination = hook === 'PREROUTING' || hook === 'OUTPUT';
  const external = fc.constantFrom(...host.slice(0, 3));
  const targets = fc.constantFrom(server[0], server[0], server[1], client[0], host[2]);
  const protocol = fc.constantFrom('tcp', 'udp');
  const comment = '-m comment --comment "natmap:dnat:x"';
  const natmaps = fc
    .tuple(external, targets, port, port, protocol, fc.nat(3))
    .map(([ext, int, outside, inside, name, kind]) => {
      const match = `-p ${name} -m ${name} --dport ${outside}`;
      if (kind === 0)
        return `-d ${ext}/${bits} ${match} ${comment} -j DNAT --to-destination ${int}`;
      if (kind === 1) {
        return `-p ${name} -m addrtype --dst-type LOCAL -m ${name} --dport ${outside} -j DNAT --to-destination ${at(int, `${inside}`)}`;
      }
      if (kind === 2) {
        return `-d ${ext}/${bits} -p ${name} -m ${name} --dport 8000:8003 -j DNAT --to-destination ${at(int, '8000-8003/8000')}`;
      }
      return `-d ${ext}/${bits} ${match} -j DNAT --to-destination ${at(int, `${inside}`)}`;
    });
  const shifted = fc
    .tuple(external, targets, protocol)
    .map(
      ([ext, int, name]) =>
        `-d ${ext}/${bits} -p ${name} -m ${name} --dport 8000:8001 -j DNAT --to-destination ${at(int, '8002-8003/8000')}`,
    );
  const lan = family === 'ipv4' ? 24 : 64;
  const foreignDestination = fc.constantFrom(
    '-p tcp -j REDIRECT --to-ports 80',
    '-p udp -j REDIRECT --to-ports 53',
    `-j DNAT --to-destination ${server[0]}`,
    '-p tcp -j DNAT --to-destination :81',
    `-j DNAT --to-destination ${server[0]}-${server[1]}`,
    `-d ${server[0]}/${bits} -j NETMAP --to ${host[0]}/${bits}`,
  );
  const foreignSource = fc.constantFrom(
    `-j SNAT --to-source ${host[0]}`,
    `-j SNAT --to-source ${host[1]}`,
    `-j SNAT --to-source ${host[2]}`,
    `-p tcp -j SNAT --to-source ${at(host[1], '30000-39999')}`,
    `-j SNAT --to-source ${host[0]}-${host[1]}`,
  );
  const source = fc
    .tuple(fc.constantFrom(...server), fc.nat(3))
    .map(([int, kind]) =>
      kind === 0
        ? `-s ${int}/${bits} -o wan0 -j SNAT --to-source ${host[1]}`
        : kind === 1
          ? `-s ${host[2]}/${lan} -o wan0 -j MASQUERADE`
          : `-s ${host[2]}/${lan} -d ${int}/${bits} -j MASQUERADE`,
    );
  const withCriteria = (targetsOnly: fc.Arbitrary<string>) =>
    fc.tuple(randomCriteria(shape), targetsOnly).map(([criteria, target]) => {
      // A target with ports wants a protocol, and a network of its own only one.
      const asked = criteria.filter(
        ({ text }) => !/^(?:! )?-[pd] |--[sd]?ports? |-m (?:tcp|udp|icmp6?|multiport) /.test(text),
      );
      const match = asked.map(({ text }) => text);
      const [, first = ''] = /^(-[dp] \S+ )/.exec(target) ?? [];
      const sources = match.filter((text) => /^(?:! )?-[si] /.test(text));
      const others = match.filter((text) => !/^(?:! )?-[si] /.test(text));
      return [...sources, first.trim(), ...others, target.slice(first.length)]
        .filter((word) => word !== '')
        .join(' ');
    });
  if (isDestination) {
    return fc.oneof(
      { weight: 4, arbitrary: natmaps },
      { weight: 1, arbitrary: shifted },
      { weight: 2, arbitrary: withCriteria(foreignDestination) },
    );
  }
  if (hook === 'POSTROUTING') {
    return fc.oneof(
      { weight: 2, arbitrary: source },
      { weight: 1, arbitrary: withCriteria(foreignSource) },
    );
  }
  return withCriteria(
    fc.constantFrom(`-j SNAT --to-source ${client[1]}`, `-j SNAT --to-source ${host[0]}`),
  );
}

/** What is tried, without its number and source port. */
export type Preflight = Omit<Attempt, 'id' | 'sourcePort'>;

export function randomTrials(family: Family, count: number): fc.Arbitrary<readonly Preflight[]> {
  const own = labAddresses[family];
  const network = family === 'ipv4' ? '203.0.113.99' : '2001:db8:43::99';
  /** Loopback is for the host alone. */
  const destinations: Readonly<Record<Place, readonly string[]>> = {
    client: [own.host[0], own.host[0], own.host[1], own.host[2], ...own.server, network],
    host: [...own.client, ...own.server, ...own.host],
    server: [own.host[0], own.host[0], own.host[1], own.host[2], ...own.client],
  };
  const trial = fc.constantFrom(...places, 'client' as const, 'client' as const).chain((from) =>
    fc.record({
      from: fc.constant(from),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      source: fc.constantFrom(...own[from]),
      destination: fc.constantFrom(...destinations[from]),
      destinationPort: fc.constantFrom(...labPorts),
    }),
  );
  return fc.array(trial, { minLength: count, maxLength: count });
}
