import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/docker/snapshot.ts';
import { type ContainerSpec, dockerSnapshot } from '../support/docker.ts';
import { compiled, withoutRules } from './compiled.ts';

const everywhere = (port: number) => [`0.0.0.0:${port}`, `[::]:${port}`];

const web: ContainerSpec = {
  name: 'web-1',
  networks: { front: { ipv4: '172.18.0.2', ipv6: 'fd00:18::2' } },
  published: { '80/tcp': everywhere(8080), '9000/tcp': ['127.0.0.1:9000', '[::1]:9000'] },
  labels: {
    'com.docker.compose.project': 'shop',
    'com.docker.compose.service': 'web',
    env: 'prod',
    'natmap.ports': '443:8443, 127.0.0.1:5353:53/udp',
  },
};

/** IPv4 only, which Docker's proxy serves in IPv6 too. */
const api: ContainerSpec = {
  name: 'api',
  networks: { front: { ipv4: '172.18.0.3' } },
  published: { '80/tcp': everywhere(8081), '81/udp': ['203.0.113.1:8181'] },
  labels: { env: 'test' },
};

const networks = [{ name: 'front', bridge: 'br-front', subnets: ['172.18.0.0/16'] }];

const snapshot = dockerSnapshot([web, api], networks);

function publish(entry: string, docker: string | null = snapshot) {
  return compiled(`publish: [{${entry}}]`, docker, withoutRules);
}

describe('from published ports, of an engine that makes its own rules', () => {
  test.each<[what: string, engine: Engine | null]>([
    ['Docker says so', { ...withoutRules, firewall: 'iptables', makesRules: true }],
    ['Docker on nftables', { ...withoutRules, firewall: 'nftables', makesRules: true }],
    ['Docker does not say', { ...withoutRules, firewall: null, makesRules: null }],
    ['Podman', { ...withoutRules, kind: 'podman', firewall: null, makesRules: null }],
    ['plain inspect output', null],
  ])('nothing is mapped, and only sources restrict: %s', (_, engine) => {
    const open = compiled('publish: [{from: published}]', snapshot, engine);
    expect(open).toMatchObject({ mappings: [], said: [] });
    const rules = 'publish: [{from: published, select: {name: api}, sources: 10.0.0.0/8}]';
    expect(compiled(rules, snapshot, engine)).toMatchObject({
      mappings: [
        'restrict *:8081/tcp of api:80 to 10.0.0.0/8',
        'restrict *:8081/tcp of api:80 to nobody',
        'restrict 203.0.113.1:8181/udp of api:81 to 10.0.0.0/8',
      ],
      said: [],
    });
  });
});

describe('from published ports, of an engine that makes no rules', () => {
  test.each<[what: string, entry: string, mappings: string[]]>([
    [
      'each in the families that it is open in, where the container has them; loopback left alone',
      'from: published',
      [
        'docker *:8081/tcp -> 172.18.0.3:80 beside the proxy for br-front',
        'docker 203.0.113.1:8181/udp -> 172.18.0.3:81 beside the proxy for br-front',
        'docker *:8080/tcp -> 172.18.0.2:80 beside the proxy for br-front',
        'docker *:8080/tcp -> [fd00:18::2]:80 beside the proxy for br-front',
      ],
    ],
    [
      'others than the sources refused, also where the proxy crosses over to the other family',
      'from: published, select: {name: api}, sources: [10.0.0.0/8, "fd00:1::/32"]',
      [
        'docker *:8081/tcp -> 172.18.0.3:80 beside the proxy for br-front from 10.0.0.0/8',
        'docker 203.0.113.1:8181/udp -> 172.18.0.3:81 beside the proxy for br-front from 10.0.0.0/8',
        'restrict *:8081/tcp of api:80 to 10.0.0.0/8',
        'restrict *:8081/tcp of api:80 to fd00:1::/32',
        'restrict 203.0.113.1:8181/udp of api:81 to 10.0.0.0/8',
      ],
    ],
    [
      'sources of one family leave nobody of the other',
      'from: published, select: {name: web-1}, sources: 10.0.0.0/8',
      [
        'docker *:8080/tcp -> 172.18.0.2:80 beside the proxy for br-front from 10.0.0.0/8',
        'docker *:8080/tcp -> [fd00:18::2]:80 beside the proxy for br-front from nowhere',
        'restrict *:8080/tcp of web-1:80 to 10.0.0.0/8',
        'restrict *:8080/tcp of web-1:80 to nobody',
      ],
    ],
  ])('%s', (_, entry, mappings) => {
    expect(publish(entry)).toMatchObject({ mappings, said: [] });
  });
});

describe('from labels', () => {
  test('ports that containers ask for, in the syntax of a docker entry', () => {
    const { mappings, said } = publish('from: labels');
    expect(said).toEqual([]);
    expect(mappings).toEqual([
      'docker *:443/tcp -> 172.18.0.2:8443',
      'docker *:443/tcp -> [fd00:18::2]:8443',
      'docker 127.0.0.1:5353/udp -> 172.18.0.2:53',
    ]);
  });

  test.each([
    ['80/icmp', '"80/icmp"', 'bad-port', 'unknown protocol "icmp"'],
    ['80,', '""', 'bad-port', 'a port is missing'],
    ['8080:700000', '"8080:700000"', 'bad-port', 'port 700000 is above 65535'],
    [
      '[2001:db8::1]:80:80',
      '"[2001:db8::1]:80:80"',
      'mixed-families',
      'host address 2001:db8::1 is IPv6, and api has no IPv6 address',
    ],
  ])(
    'natmap.ports=%j leaves that port out with a warning that names the container',
    (label, item, code, reason) => {
      const docker = dockerSnapshot([{ ...api, labels: { 'natmap.ports': label } }], networks);
      const entry = 'from: labels, addresses: "2001:db8::1"';
      const { said, diagnostics } = publish(entry, docker);
      const message = `container api, label natmap.ports, ${item}: ${reason}; this port is left out`;
      expect(said).toEqual([`a.yaml:1:11 ${code}: ${message}`]);
      expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
    },
  );

  // 192.0.2.53 is no address of the host's: its own DNS queries and those it routes would be taken.
  test.each([
    ['192.0.2.53:53:5353/udp', 'from: labels', false],
    ['192.0.2.53:53:5353/udp', 'from: labels, addresses: 192.0.2.53', true],
    ['192.0.2.53:53:5353/udp', 'from: labels, addresses: [203.0.113.45, 192.0.2.53]', true],
    ['192.0.2.53:53:5353/udp', 'from: labels, addresses: 203.0.113.45', false],
    ['127.0.0.1:53:5353', 'from: labels', true],
    ['127.0.0.2:53:5353', 'from: labels', false],
    ['0.0.0.0:53:5353', 'from: labels', true],
    ['53:5353', 'from: labels, addresses: 203.0.113.45', true],
  ])('natmap.ports=%j of %s: accepted is %s', (label, entry, isAccepted) => {
    const docker = dockerSnapshot([{ ...api, labels: { 'natmap.ports': label } }], networks);
    const { mappings, said } = publish(entry, docker);
    expect(mappings.length > 0).toBe(isAccepted);
    expect(said.some((each) => each.includes('label-address: container api'))).toBe(!isAccepted);
  });

  test('a port that none of the sources reaches is a warning, the others are mapped', () => {
    const labels = { 'natmap.ports': '80,[2001:db8::1]:81:80' };
    const docker = dockerSnapshot([{ ...web, published: {}, labels }], networks);
    const { said, mappings } = publish(
      'from: labels, sources: 10.0.0.0/8, addresses: "2001:db8::1"',
      docker,
    );
    expect(said).toEqual([
      'a.yaml:1:11 mixed-families: container web-1, label natmap.ports, "[2001:db8::1]:81:80": this port is mapped in IPv6 only, and no source is IPv6',
    ]);
    expect(mappings).toContain('docker *:80/tcp -> 172.18.0.2:80 from 10.0.0.0/8');
  });

  test('a long label does not make a long message', () => {
    const labels = { 'natmap.ports': 'x,'.repeat(500_000) };
    const { said } = publish('from: labels', dockerSnapshot([{ ...api, labels }], networks));
    expect(said).toHaveLength(11);
    expect(said.at(-1)).toContain('499991 more warnings are not shown');
    const word = { 'natmap.ports': 'x'.repeat(1_000_000) };
    const [message = ''] = publish(
      'from: labels',
      dockerSnapshot([{ ...api, labels: word }], []),
    ).said;
    expect(message.length).toBeLessThan(500);
  });
});

describe('the containers that are meant', () => {
  const chosen = (entry: string) =>
    publish(`from: published, ${entry}`).mappings.map((mapping) =>
      mapping.includes(':8080/') ? 'web-1' : 'api',
    );

  test.each<[entry: string, names: string[]]>([
    ['select: {name: "web-*"}', ['web-1']],
    ['select: {name: "???"}', ['api']],
    ['select: {project: shop}', ['web-1']],
    ['select: {project: "*"}', ['web-1']],
    ['select: {label: {env: "*"}}', ['api', 'web-1']],
    ['select: {label: {env: prod}}', ['web-1']],
    ['select: {label: {env: prod}, name: "*"}', ['web-1']],
    ['exclude: {name: "web-*"}', ['api']],
    ['exclude: {label: {env: test}}', ['web-1']],
    ['exclude: {label: {env: test}, name: "web-*"}', ['api', 'web-1']],
    ['select: {label: {env: "*"}}, exclude: {project: "*"}', ['api']],
  ])('%s', (entry, names) => {
    expect([...new Set(chosen(entry))]).toEqual(names);
  });

  test.each<[entry: string, message: string]>([
    [
      'from: published, select: {name: wbe-1}',
      'the snapshot has no container that this entry means',
    ],
    [
      'from: labels, select: {name: api}',
      'the snapshot has no container with the label natmap.ports that this entry means',
    ],
  ])('none of them is a warning: %s', (entry, message) => {
    const { mappings, diagnostics } = publish(entry);
    expect(mappings).toEqual([]);
    expect(diagnostics).toMatchObject([
      { code: 'publishes-nothing', severity: 'warning', message },
    ]);
  });

  test('a warning names the nearest container', () => {
    const { diagnostics } = publish('from: published, select: {name: wbe-1}');
    expect(diagnostics).toMatchObject([{ hint: 'did you mean web-1?' }]);
  });

  test('that publish nothing are a warning too', () => {
    const docker = dockerSnapshot(
      [{ name: 'db', networks: { front: { ipv4: '172.18.0.4' } } }],
      [],
    );
    expect(publish('from: published', docker).said).toEqual([
      'a.yaml:1:11 publishes-nothing: no container that this entry means publishes a port',
    ]);
  });
});

describe('a container that cannot be mapped is left out with a warning', () => {
  const front = { front: { ipv4: '172.18.0.9' } };

  test.each<[what: string, container: Omit<ContainerSpec, 'name'>, reason: string]>([
    [
      'stopped',
      { running: false, networks: { front: {} } },
      'is not running, so it has no address',
    ],
    ['on no network', { networks: {}, networkMode: 'front' }, 'has no address on any network'],
    ['without an address', { networks: { front: {} } }, 'has no address on network front'],
    [
      "on the host's network",
      { networkMode: 'host', networks: { host: {} } },
      "uses the host's network, so its ports need no mapping",
    ],
    ['without a network', { networkMode: 'none', networks: { none: {} } }, 'has no network'],
    [
      "on another container's network",
      { networkMode: 'container:abc', networks: {} },
      "shares another container's network; name that one",
    ],
    [
      'on a macvlan network',
      { networks: { lan: { ipv4: '192.0.2.9' } } },
      "is on network lan (macvlan), which no port leads to: its containers are on the outer network itself, past this host's NAT",
    ],
  ])('%s', (_, container, reason) => {
    const lan = { name: 'lan', driver: 'macvlan', subnets: ['192.0.2.0/24'] };
    const docker = dockerSnapshot([{ name: 'c', ...container }, web], [...networks, lan]);
    const { diagnostics, mappings } = publish('from: published', docker);
    expect(diagnostics).toMatchObject([
      {
        code: 'unusable-container',
        severity: 'warning',
        message: `container c ${reason}; it is left out`,
      },
    ]);
    expect(mappings).toHaveLength(2);
  });

  test('but not for a network that it is on besides a usable one', () => {
    const lan = { name: 'lan', driver: 'ipvlan' };
    const both = { ...api, networks: { lan: { ipv4: '192.0.2.9' }, ...front } };
    const { mappings, said } = publish(
      'from: published',
      dockerSnapshot([both], [lan, { name: 'front', bridge: 'br0' }]),
    );
    expect(said).toEqual([]);
    expect(mappings[0]).toBe('docker *:8081/tcp -> 172.18.0.9:80 beside the proxy for br0');
  });
});

describe('of several networks', () => {
  const targetOf = (change: (endpoints: Record<string, object>) => void) => {
    const place = { a: { ipv4: '172.20.0.2' }, b: { ipv4: '172.21.0.2' } };
    const inspected = JSON.parse(
      dockerSnapshot([{ ...api, networks: place }], [{ name: 'a', internal: true }, { name: 'b' }]),
    );
    change(inspected[0].NetworkSettings.Networks);
    const { mappings, said } = publish('from: published', JSON.stringify(inspected));
    expect(said).toEqual([]);
    return /-> (\S+):/.exec(mappings[0] ?? '')?.[1];
  };

  test("the one is taken that Docker makes the container's gateway", () => {
    expect(targetOf(() => undefined)).toBe('172.21.0.2');
    expect(
      targetOf((endpoints) => {
        endpoints.a = { ...endpoints.a, GwPriority: 5 };
      }),
    ).toBe('172.20.0.2');
  });
});

test('without a snapshot publish is an error', () => {
  expect(publish('from: published', null).said).toEqual([
    'a.yaml:1:11 no-snapshot: publish needs a Docker snapshot, and none was given',
  ]);
});

describe('beside other entries', () => {
  test('a mapping that a docker entry has already is a repeat, and dropped', () => {
    const rules = `
docker: [{container: web-1, ports: ["[::]:8080:80"]}]
publish: [▸{from: published, select: {name: web-1}}]`;
    const { mappings, said, marks } = compiled(rules, snapshot, withoutRules);
    expect(said).toEqual([`${marks[0]} duplicate-mapping: duplicate mapping, ignored`]);
    expect(mappings).toHaveLength(2);
  });

  test('a container that asks for the port of another is left out with a warning that names both', () => {
    const asking = (name: string, ipv4: string) => ({
      name,
      networks: { front: { ipv4 } },
      labels: { 'natmap.ports': '443' },
    });
    const docker = dockerSnapshot(
      [asking('a', '172.18.0.5'), asking('b', '172.18.0.6'), asking('c', '172.18.0.7')],
      networks,
    );
    const leftOut = (one: string) =>
      `a.yaml:1:11 label-conflict: *:443/tcp, which a label asks to forward to ${one}, is forwarded to 172.18.0.5:443 (container a); the port of the label is left out`;
    const { said, mappings } = publish('from: labels', docker);
    expect(said).toEqual([
      leftOut('172.18.0.6:443 (container b)'),
      leftOut('172.18.0.7:443 (container c)'),
    ]);
    expect(mappings).toEqual(['docker *:443/tcp -> 172.18.0.5:443']);
  });
});
