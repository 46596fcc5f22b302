/** Snapshots for tests: text in, what was understood and said out. */

import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import type { Snapshot } from '../../src/docker/snapshot.ts';
import { listen } from '../listen.ts';

export interface Read {
  readonly snapshot: Snapshot;
  readonly diagnostics: readonly Diagnostic[];
  /** Each fault as `file:line:column code: message`. */
  readonly said: readonly string[];
}

export function read(text: string): Read {
  const { report, diagnostics, said } = listen();
  const snapshot = readSnapshot({ name: 'docker.json', text }, report);
  return { snapshot, diagnostics, said: said() };
}

/** A snapshot that must be without fault. */
export function soundSnapshot(value: unknown): Snapshot {
  const { snapshot, said } = read(JSON.stringify(value));
  if (said.length > 0) throw new Error(said.join('\n'));
  return snapshot;
}

/** A container as `docker inspect` (Docker 28) prints it, shortened to what surrounds what counts. */
export const inspectedContainer = {
  Id: '5a1f0c6e7b1d4f0aa6c1f6d6f6f5e0a1b2c3d4e5f60718293a4b5c6d7e8f9012',
  Created: '2026-01-02T03:04:05.678Z',
  Path: '/entrypoint.sh',
  Args: ['--token=SECRET'],
  State: { Status: 'running', Running: true, Pid: 4711 },
  Name: '/shop-web-1',
  Driver: 'overlay2',
  HostConfig: {
    NetworkMode: 'shop_frontend',
    Binds: ['/srv/SECRET:/run/secrets'],
    PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
  },
  Config: {
    Env: ['PASSWORD=SECRET'],
    Cmd: ['serve', '--key', 'SECRET'],
    Labels: {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'web',
      'vault.token': 'SECRET',
    },
  },
  NetworkSettings: {
    Ports: {
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
      ],
      '443/tcp': null,
      '53/udp': [{ HostIp: '127.0.0.1', HostPort: '5353' }],
    },
    Networks: {
      shop_frontend: { IPAddress: '172.18.0.2', GlobalIPv6Address: 'fd00:18::2' },
      shop_backend: { IPAddress: '172.19.0.2', GlobalIPv6Address: '' },
    },
  },
};

export const inspectedNetwork = {
  Name: 'shop_frontend',
  Id: 'f0f0',
  Driver: 'bridge',
  IPAM: { Driver: 'default', Config: [{ Subnet: '172.18.0.0/16' }, { Subnet: 'fd00:18::/64' }] },
  Containers: { '5a1f': { Name: 'shop-web-1', IPv4Address: '172.18.0.2/16' } },
};

/** What both of the above mean, as natmap's own snapshot has it. */
export const natmapSnapshot = {
  schema: 'natmap.snapshot/v1',
  engine: null,
  selectedLabels: [],
  containers: [
    {
      id: inspectedContainer.Id,
      name: 'shop-web-1',
      running: true,
      networkMode: 'shop_frontend',
      labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
      attachments: [
        { network: 'shop_frontend', ipv4: '172.18.0.2', ipv6: 'fd00:18::2', gwPriority: 0 },
        { network: 'shop_backend', ipv4: '172.19.0.2', ipv6: null, gwPriority: 0 },
      ],
      published: [
        { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353 },
        { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 },
        { containerPort: 80, protocol: 'tcp', hostIp: '::', hostPort: 8080 },
      ],
    },
  ],
  networks: [
    {
      id: 'f0f0',
      name: 'shop_frontend',
      driver: 'bridge',
      subnets: ['172.18.0.0/16', 'fd00:18::/64'],
      bridge: 'br-f0f0',
      internal: false,
      gatewayModes: { ipv4: null, ipv6: null },
    },
  ],
};
