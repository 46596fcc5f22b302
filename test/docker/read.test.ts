import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oneList } from '../../src/docker/one-list.ts';
import { emptySnapshot } from '../../src/docker/read.ts';
import { repository } from '../support/natmap.ts';
import { formatPath, requiredPaths, without } from '../support/required-keys.ts';
import {
  inspectedContainer,
  inspectedNetwork,
  natmapSnapshot,
  read,
  soundSnapshot,
} from './snapshots.ts';

const inspected = [inspectedContainer, inspectedNetwork];

const schema = JSON.parse(
  readFileSync(`${repository}schema/natmap.snapshot.v1.schema.json`, 'utf8'),
);

const soundEngine = { kind: 'docker', version: '28.5.2', rootless: false, firewall: 'iptables' };

describe('the plain output of docker inspect', () => {
  test('is read for what compilation needs', () => {
    expect(soundSnapshot(inspected)).toMatchObject({
      containers: [
        {
          name: 'shop-web-1',
          running: true,
          networkMode: 'shop_frontend',
          service: { project: 'shop', name: 'web' },
          attachments: [
            { network: 'shop_backend', ipv4: { text: '172.19.0.2' }, ipv6: null },
            {
              network: 'shop_frontend',
              ipv4: { text: '172.18.0.2' },
              ipv6: { text: 'fd00:18::2' },
            },
          ],
        },
      ],
      networks: [
        { name: 'shop_frontend', driver: 'bridge', subnets: [{ prefix: 16 }, { prefix: 64 }] },
      ],
    });
  });

  test('tells the ports that Docker publishes, and not those that are only exposed', () => {
    const [container] = soundSnapshot(inspected).containers;
    const published = container?.published.map(
      ({ hostIp, hostPort, containerPort, protocol }) =>
        `${hostIp.text} ${hostPort}:${containerPort}/${protocol}`,
    );
    expect(published).toEqual(['127.0.0.1 5353:53/udp', '0.0.0.0 8080:80/tcp', ':: 8080:80/tcp']);
  });

  test.each<[from: string, marks: object, hostIps: string[]]>([
    ['Docker, means IPv4', { SandboxKey: '/var/run/docker/netns/5a1f0c6e7b1d' }, ['0.0.0.0']],
    ['Docker that does not tell, means IPv4', {}, ['0.0.0.0']],
    [
      "Podman's answer to Docker's client, means both families",
      { SandboxKey: '/run/netns/netns-644db0f5-3611-9ce5-08eb-ffe7057eb3c2' },
      ['0.0.0.0', '::'],
    ],
  ])('0.0.0.0 from %s', (_, marks, hostIps) => {
    const Ports = { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] };
    const settings = { ...inspectedContainer.NetworkSettings, ...marks, Ports };
    const [container] = soundSnapshot([
      { ...inspectedContainer, NetworkSettings: settings },
    ]).containers;
    expect(container?.published.map(({ hostIp }) => hostIp.text)).toEqual(hostIps);
  });

  test('leaves every secret where it is', () => {
    expect(JSON.stringify(inspected)).toContain('SECRET');
    expect(JSON.stringify(soundSnapshot(inspected))).not.toContain('SECRET');
  });

  test('may hold containers and networks in any order', () => {
    const { containers, networks } = soundSnapshot([inspectedNetwork, inspectedContainer]);
    expect([containers.length, networks.length]).toEqual([1, 1]);
    expect(soundSnapshot([])).toEqual(emptySnapshot);
  });

  test("may be podman's: names without a slash, networks in small letters", () => {
    const network = {
      id: 'a',
      name: 'podman',
      driver: 'bridge',
      subnets: [{ subnet: '10.88.0.0/16' }],
    };
    const { containers, networks } = soundSnapshot([
      { ...inspectedContainer, Name: 'web' },
      network,
    ]);
    expect(containers).toMatchObject([{ name: 'web' }]);
    expect(networks).toMatchObject([{ name: 'podman', subnets: [{ prefix: 16 }] }]);
  });

  test('may have the address at the top only, as before Docker 29', () => {
    const NetworkSettings = { IPAddress: '172.17.0.2', GlobalIPv6Address: '', Ports: {} };
    const { containers } = soundSnapshot([{ ...inspectedContainer, NetworkSettings }]);
    expect(containers).toMatchObject([
      { attachments: [{ network: 'bridge', ipv4: { text: '172.17.0.2' }, ipv6: null }] },
    ]);
  });

  test.each<[what: string, ports: unknown, published: object[]]>([
    ['absent', undefined, []],
    ['null', null, []],
    ['empty', {}, []],
    ['without bindings', { '80/tcp': [] }, []],
    ['without a host port', { '80/tcp': [{ HostIp: '', HostPort: '' }] }, []],
    [
      'without a host address, which stands for both families',
      { '80/tcp': [{ HostIp: '', HostPort: '80' }] },
      [{ hostIp: { text: '0.0.0.0' } }, { hostIp: { text: '::' } }],
    ],
  ])('may have ports that are %s', (_, Ports, published) => {
    const NetworkSettings = { ...inspectedContainer.NetworkSettings, Ports };
    const { containers } = soundSnapshot([{ ...inspectedContainer, NetworkSettings }]);
    expect(containers).toMatchObject([{ published }]);
  });
});

describe("natmap's own snapshot", () => {
  test('means the same as the docker inspect output that it stands for', () => {
    const [own, plain] = [soundSnapshot(natmapSnapshot), soundSnapshot(inspected)];
    const sorted = (snapshot: typeof own) => ({
      ...snapshot,
      containers: snapshot.containers.map((container) => ({
        ...container,
        published: [...container.published].sort((a, b) => a.hostPort - b.hostPort),
      })),
    });
    expect(sorted(own)).toEqual(sorted(plain));
  });

  test('may be without containers and networks', () => {
    const none = { engine: null, selectedLabels: [], containers: [], networks: [] };
    expect(soundSnapshot({ schema: 'natmap.snapshot/v1', ...none })).toEqual(emptySnapshot);
  });

  // A key that is missing would be taken for something: without `published`, `sources` blocks nobody.
  const whole = { ...natmapSnapshot, engine: soundEngine };
  test.each(requiredPaths(schema, whole))('without %s is rejected', (_, path) => {
    const { said } = read(JSON.stringify(without(whole, path)));
    expect(said.some((each) => each.includes(`${formatPath(path)} `))).toBe(true);
  });

  test.each(['containers', 'networks', 'selectedLabels'])('is rejected with null for %s', (key) => {
    const { said } = read(JSON.stringify({ ...natmapSnapshot, [key]: null }));
    expect(said.join('\n')).toContain(`${key} must be a list`);
  });
});

describe('lists one after another are read as one', () => {
  const lists = (...values: readonly unknown[]) => values.map((each) => JSON.stringify(each));

  test.each([
    ['two', lists([inspectedContainer], [inspectedNetwork]).join('\n')],
    ['without a break', lists([inspectedContainer], [inspectedNetwork]).join('')],
    ['with empty ones', lists([], [inspectedContainer], [], [inspectedNetwork], []).join('\r\n')],
  ])('%s', (_, text) => {
    const { snapshot, said } = read(text);
    expect(said).toEqual([]);
    expect(snapshot).toEqual(soundSnapshot(inspected));
  });

  test('and what is wrong in the second keeps its place', () => {
    const { said } = read('[]\n[\n  {"]": "[\\"]["}]');
    expect(said).toEqual([
      expect.stringMatching(/^docker.json:3:3 snapshot-shape: \[0\] is neither/),
    ]);
  });

  test('of any JSON', () => {
    const list = fc.array(fc.jsonValue(), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(list, { minLength: 2, maxLength: 4 }), (values) => {
        const text = values.map((each) => JSON.stringify(each, null, 1)).join('\n');
        const joined = oneList(text) ?? '';
        expect(JSON.parse(joined)).toEqual(JSON.parse(JSON.stringify(values.flat())));
        expect(joined).toHaveLength(text.length);
      }),
    );
  });
});

describe('a text that is no snapshot is refused', () => {
  test.each([
    ['', 'docker.json:1:1 snapshot-syntax: this is not JSON'],
    ['[', 'docker.json:1:2 snapshot-syntax: this is not JSON'],
    ['[1]\nx', 'docker.json:2:1 snapshot-syntax: this is not JSON'],
    ['[1,\n  oops]', "docker.json:2:3 snapshot-syntax: this is not JSON: Unexpected token 'o'"],
    ['["a"\n , ]', "docker.json:2:2 snapshot-syntax: this is not JSON: Unexpected token ']'"],
    ['[1 2]', "docker.json:1:4 snapshot-syntax: this is not JSON: Expected ',' or ']'"],
    ['null', 'docker.json:1:1 snapshot-shape: the snapshot is neither'],
    ['"x"', 'docker.json:1:1 snapshot-shape: the snapshot is neither'],
    ['{}', 'docker.json:1:1 snapshot-shape: the snapshot is neither'],
    [
      '{"schema": "natmap.snapshot/v2"}',
      'docker.json:1:12 snapshot-shape: schema is natmap.snapshot/v2, of another version of natmap',
    ],
    ['{"schema": "natmap.plan/v1"}', 'docker.json:1:1 snapshot-shape: the snapshot is neither'],
    ['[] {}', 'docker.json:1:4 snapshot-syntax: this is not JSON'],
    ['[1]\n[2] x', 'docker.json:2:1 snapshot-syntax: this is not JSON'],
    ['[null]', 'docker.json:1:2 snapshot-shape: [0] must be an object'],
    ['[[]]', 'docker.json:1:2 snapshot-shape: [0] must be an object'],
    ['[{}]', 'docker.json:1:2 snapshot-shape: [0] is neither a container nor a network'],
    [
      '[{"RepoTags": []}]',
      'docker.json:1:2 snapshot-shape: [0] is neither a container nor a network',
    ],
  ])('%j', (text, beginning) => {
    const { snapshot, said } = read(text);
    expect(said).toHaveLength(1);
    expect(said[0]?.slice(0, beginning.length)).toBe(beginning);
    expect(snapshot).toEqual(emptySnapshot);
  });
});

describe('a value of the wrong shape is reported with its path and place', () => {
  const changed = (change: (container: typeof inspectedContainer) => object) =>
    JSON.stringify([change(inspectedContainer)]);

  test.each<[what: string, text: string, message: string]>([
    ['no id', changed(({ Id: _, ...rest }) => rest), '[0].Id is missing'],
    ['an id that is a number', changed((it) => ({ ...it, Id: 5 })), '[0].Id must be text'],
    ['no state', changed(({ State: _, ...rest }) => rest), '[0].State.Running is missing'],
    [
      'a state in words',
      changed((it) => ({ ...it, State: { Running: 'yes' } })),
      '[0].State.Running must be true or false',
    ],
    [
      'a name with a space',
      changed((it) => ({ ...it, Name: '/a b' })),
      '[0].Name is no name that a container can have',
    ],
    [
      'a name with a line break',
      changed((it) => ({ ...it, Name: 'a\n-j ACCEPT' })),
      '[0].Name is no name that a container can have',
    ],
    [
      'an empty name',
      changed((it) => ({ ...it, Name: '/' })),
      '[0].Name is no name that a container can have',
    ],
    [
      'a name of two slashes',
      changed((it) => ({ ...it, Name: '//a' })),
      '[0].Name is no name that a container can have',
    ],
    [
      'networks in a list',
      changed((it) => ({ ...it, NetworkSettings: { Networks: [] } })),
      '[0].NetworkSettings.Networks must be an object',
    ],
    [
      'an address that is none',
      changed((it) => ({ ...it, NetworkSettings: { Networks: { a: { IPAddress: 'x' } } } })),
      '[0].NetworkSettings.Networks.a.IPAddress is not an IPv4 address',
    ],
    [
      'an address of the other family',
      changed((it) => ({
        ...it,
        NetworkSettings: { Networks: { a: { GlobalIPv6Address: '10.0.0.1' } } },
      })),
      '[0].NetworkSettings.Networks.a.GlobalIPv6Address is not an IPv6 address',
    ],
    [
      'a host port that is none',
      changed((it) => ({ ...it, NetworkSettings: { Ports: { '80/tcp': [{ HostPort: '080' }] } } })),
      '[0].NetworkSettings.Ports.80/tcp[0].HostPort port 080 has a leading zero',
    ],
    [
      'a host address that is none',
      changed((it) => ({
        ...it,
        NetworkSettings: { Ports: { '80/tcp': [{ HostIp: 'x', HostPort: '80' }] } },
      })),
      '[0].NetworkSettings.Ports.80/tcp[0].HostIp is not an IP address',
    ],
    [
      'a port of an unknown protocol',
      changed((it) => ({ ...it, NetworkSettings: { Ports: { '80/icmp': [] } } })),
      '[0].NetworkSettings.Ports.80/icmp is of an unknown protocol',
    ],
    [
      'a subnet that is none',
      JSON.stringify([{ ...inspectedNetwork, IPAM: { Config: [{ Subnet: 'x' }] } }]),
      '[0].IPAM.Config[0].Subnet is not a network',
    ],
  ])('%s', (_, text, message) => {
    const { said } = read(text);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`snapshot-shape: ${message}`);
  });

  test('the place is that of the value', () => {
    const text = JSON.stringify([{ ...inspectedContainer, Name: 5 }], null, 2);
    const line = text.split('\n').findIndex((each) => each.includes('"Name": 5')) + 1;
    expect(read(text).said).toEqual([
      `docker.json:${line}:13 snapshot-shape: [0].Name must be text`,
    ]);
  });

  test('one faulty container does not hide the next', () => {
    const text = JSON.stringify([
      { ...inspectedContainer, Id: 5 },
      inspectedContainer,
      { ...inspectedContainer, Name: 5 },
    ]);
    const { snapshot, said } = read(text);
    expect(said).toHaveLength(2);
    expect(snapshot.containers).toHaveLength(1);
  });
});
