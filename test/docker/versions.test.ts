/**
 * What `inspect` printed through the years. Recorded with a real engine, Debian 12's, in a network
 * namespace: docker-20.10 and podman-4.3. Written from those after the documentation, as these
 * versions cannot be had here:
 *
 * - docker-28: Docker Engine API 1.48, with GwPriority and DNSNames (moby's docs/api/v1.48.yaml, and
 *   the output in robertpsoane/ducker#170);
 * - docker-29: API 1.52, without the addresses at the top of NetworkSettings and with the Status of
 *   networks (the API's version history);
 * - podman-5: as 4.3, with the host address filled in, and a rootless container behind pasta
 *   (podman issue 22768).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startOf } from '../../src/diagnostic/source.ts';
import { indexContainers } from '../../src/docker/container-index.ts';
import { findContainer } from '../../src/docker/find.ts';
import type { Container, DockerNetwork } from '../../src/docker/snapshot.ts';
import { formatNetwork } from '../../src/net/address.ts';
import { listen } from '../listen.ts';
import { read } from './snapshots.ts';

const versions = ['docker-20.10', 'docker-28', 'docker-29', 'podman-4.3', 'podman-5'] as const;
type Version = (typeof versions)[number];

function load(version: Version) {
  const path = fileURLToPath(new URL(`fixtures/${version}.json`, import.meta.url));
  const text = readFileSync(path, 'utf8');
  return { text, ...read(text) };
}

/** `frontend 172.18.0.2 fd00:18::2`, and so on for each network. */
function places({ attachments }: Container): string {
  return attachments
    .map(({ network, ipv4, ipv6 }) => [network, ipv4?.text, ipv6?.text].filter(Boolean).join(' '))
    .join(', ');
}

/** `8080:80/tcp` of the IPv4 addresses. */
function published({ published: all }: Container): string[] {
  return all
    .filter(({ hostIp }) => hostIp.family === 'ipv4')
    .map(({ hostIp, hostPort, containerPort, protocol }) => {
      const host = hostIp.text === '0.0.0.0' ? '' : `${hostIp.text}:`;
      return `${host}${hostPort}:${containerPort}/${protocol}`;
    });
}

function described({ driver, bridge, internal, subnets, gatewayModes }: DockerNetwork): string {
  const words = [driver, bridge, internal ? 'internal' : null, ...subnets.map(formatNetwork)];
  return [...words, gatewayModes.ipv6].filter((word) => word !== null).join(' ');
}

const ranges = ['7000:7000/tcp', '7001:7001/tcp'];
const host = (random: number) => [
  '127.0.0.1:5353:53/udp',
  '8080:80/tcp',
  ...ranges,
  `${random}:9000/tcp`,
];

describe.each(versions)('%s', (version) => {
  const { snapshot, said, text } = load(version);
  const containers = new Map(snapshot.containers.map((each) => [each.name, each]));
  const isPodman = version.startsWith('podman');

  test('is read without a complaint, and without the secrets that it holds', () => {
    expect(said).toEqual([]);
    expect(text).toContain('SECRET');
    const kept = JSON.stringify(snapshot, (_, value) =>
      value instanceof Map ? [...value] : value,
    );
    expect(kept).not.toContain('SECRET');
  });

  test('tells a published port, a range, a random port, and not what is only exposed', () => {
    const web = containers.get('web');
    const random = { docker: 32768, podman: 38763 }[isPodman ? 'podman' : 'docker'];
    expect(web && published(web)).toEqual(host(random));
    expect(web && places(web)).toBe(isPodman ? 'podman 10.88.0.2' : 'bridge 172.17.0.2');
  });

  test('tells several networks, an IPv6 address, the service and the labels that are kept', () => {
    const web = containers.get('shop-web-1');
    expect(web && places(web)).toBe(
      isPodman
        ? 'shop_backend 10.90.0.2, shop_frontend 10.89.0.2 fd00:89::2'
        : 'shop_backend 172.19.0.2, shop_frontend 172.18.0.2 fd00:18::2',
    );
    expect(web?.service).toEqual({ project: 'shop', name: 'web' });
    expect([...(web?.labels ?? [])]).toEqual([
      ['com.docker.compose.project', 'shop'],
      ['com.docker.compose.service', 'web'],
      ['natmap.ports', '8443:443'],
    ]);
  });

  test('tells the network mode of a container without a network of its own', () => {
    expect(containers.get('on-host')).toMatchObject({ networkMode: 'host', published: [] });
  });
});

test.each<[Version, string, string]>([
  ['docker-20.10', 'bridge', 'bridge docker0 172.17.0.0/16'],
  ['docker-20.10', 'shop_frontend', 'bridge br-BRIDGE 172.18.0.0/16 fd00:18::/64'],
  ['docker-20.10', 'shop_backend', 'bridge br-BRIDGE internal 172.19.0.0/16'],
  ['docker-20.10', 'lan', 'macvlan 192.0.2.0/24'],
  ['docker-28', 'shop_frontend', 'bridge shop0 172.18.0.0/16 fd00:18::/64 routed'],
  ['docker-29', 'shop_frontend', 'bridge shop0 172.18.0.0/16 fd00:18::/64 routed'],
  ['podman-4.3', 'podman', 'bridge podman0 10.88.0.0/16'],
  ['podman-4.3', 'shop_backend', 'bridge podman2 internal 10.90.0.0/24'],
  ['podman-4.3', 'lan', 'macvlan 192.0.2.0/24'],
  ['podman-5', 'shop_frontend', 'bridge podman1 10.89.0.0/24 fd00:89::/64'],
])('%s: network %s is %s', (version, name, expected) => {
  const network = load(version).snapshot.networks.find((each) => each.name === name);
  expect(network && described(network).replace(/br-[0-9a-f]{12}/, 'br-BRIDGE')).toBe(expected);
});

/** All that the container opens: of the host, and at its own address. */
function opened(fixture: string): string[] {
  const path = fileURLToPath(new URL(`fixtures/${fixture}.json`, import.meta.url));
  const { snapshot, said } = read(readFileSync(path, 'utf8'));
  const [container] = snapshot.containers;
  return [
    ...said,
    ...(container?.published ?? []).map(
      ({ hostIp, hostPort, containerPort }) => `${hostIp.text} ${hostPort}:${containerPort}`,
    ),
    ...(container?.routed ?? []).map(
      ({ family, containerPort }) => `${family} routed ${containerPort}`,
    ),
  ];
}

/** Recorded with Debian's docker.io 28.5.2 and podman 5.8.6. */
test.each([
  [
    'docker-28.5-routed',
    [
      '127.0.0.1 81:81',
      '0.0.0.0 32769:82',
      '0.0.0.0 8443:443',
      'ipv6 routed 82',
      'ipv6 routed 443',
    ],
  ],
  ['podman-5.8', ['0.0.0.0 83:83', ':: 83:83', ':: 84:84', '0.0.0.0 8443:443', ':: 8443:443']],
])('%s: the ports that the engine opens', (fixture, ports) => {
  expect(opened(fixture)).toEqual(ports);
});

describe('an entry that names', () => {
  test.each<[Version, container: string, said: string]>([
    [
      'docker-20.10',
      'on-lan',
      "container on-lan is on network lan (macvlan), which no port leads to: its containers are on the outer network itself, past this host's NAT",
    ],
    [
      'docker-20.10',
      'on-host',
      "container on-host uses the host's network, so its ports need no mapping",
    ],
    ['docker-20.10', 'alone', 'container alone has no network'],
    [
      'docker-20.10',
      'sidecar',
      'container sidecar shares the network of container web; name that one',
    ],
    ['docker-20.10', 'stopped', 'container stopped is not running, so it has no address'],
    [
      'docker-20.10',
      'shop/web',
      'container shop-web-1 is on several networks: shop_backend, shop_frontend',
    ],
    [
      'docker-28',
      'shop/web',
      'container shop-web-1 is on several networks: shop_backend, shop_frontend; shop_frontend is taken, which has the highest gateway priority',
    ],
    [
      'podman-4.3',
      'on-lan',
      "container on-lan is on network lan (macvlan), which no port leads to: its containers are on the outer network itself, past this host's NAT",
    ],
    [
      'podman-4.3',
      'sidecar',
      'container sidecar shares the network of container web; name that one',
    ],
    ['podman-4.3', 'stopped', 'container stopped is not running, so it has no address'],
    [
      'podman-5',
      'rootless',
      'container rootless is rootless: its address is in a namespace of its user, and this host has no route there',
    ],
  ])('of %s, %s: %s', (version, name, message) => {
    const { report, diagnostics } = listen();
    const at = startOf({ name: 'a.yaml', text: name });
    const index = indexContainers(load(version).snapshot);
    findContainer(index, { value: name, at }, null, report);
    expect(diagnostics.map((each) => each.message)).toEqual([message]);
  });
});
