/** Inputs that would take longer than a test may, were each compared with each. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Snapshot } from '../../src/docker/snapshot.ts';
import { type Address, type Network, parseAddress, parseNetwork } from '../../src/net/address.ts';
import { load } from '../config/rules.ts';
import { listen } from '../listen.ts';
import { withoutRules } from './compiled.ts';

const address = (text: string) => parseAddress(text) as Address;
const nth = (index: number) => `${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

const front: Snapshot['networks'][number] = {
  id: 'f1',
  name: 'front',
  driver: 'bridge',
  subnets: [parseNetwork('10.0.0.0/8') as Network],
  bridge: 'br0',
  internal: false,
  masquerade: true,
  gatewayModes: { ipv4: null, ipv6: null },
};

/** Containers of one service, each of which has port 8080 of another address of the host. */
function containers(count: number): Snapshot {
  const all = Array.from({ length: count }, (_, index) => ({
    id: index.toString(16).padStart(64, '0'),
    name: `web-${index}`,
    running: true,
    networkMode: 'front',
    service: { project: 'shop', name: 'web' },
    labels: new Map(),
    attachments: [
      { network: 'front', ipv4: address(`10.${nth(index)}`), ipv6: null, gwPriority: 0 },
    ],
    published: [
      { containerPort: 80, protocol: 'tcp', hostIp: address(`11.${nth(index)}`), hostPort: 8080 },
    ] as const,
    routed: [],
  }));
  return { engine: withoutRules, containers: all, networks: [front] };
}

function countMappings(rules: string, snapshot: Snapshot | null): number {
  const { entries, said } = load(rules);
  const { report, diagnostics } = listen();
  const mappings = compile({ entries, acceptMark: null }, snapshot, report);
  expect([...said, ...diagnostics]).toEqual([]);
  return mappings.length;
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `  - ${line(index)}\n`).join('');
}

describe('it costs little to compile', () => {
  test('20,000 replicas of a service', () => {
    const rules = 'docker: [{container: shop/web, balance: random, ports: ["80:80"]}]\n';
    expect(countMappings(rules, containers(20_000))).toBe(20_000);
  });

  test('a service with 30,000 sources', () => {
    const sources = Array.from({ length: 30_000 }, (_, index) => `12.${nth(index)}/32`);
    const rules = `docker: [{container: shop/web, balance: random, ports: ["80:80"], sources: [${sources}]}]\n`;
    expect(countMappings(rules, containers(2))).toBeGreaterThanOrEqual(2);
  });

  test('10,000 publish entries, each with the name of a container', () => {
    const rules = `publish:\n${lines(10_000, (index) => `{from: published, select: {name: web-${index}}}`)}`;
    expect(countMappings(rules, containers(10_000))).toBe(10_000);
  });

  test('30,000 mappings of a port that 30,000 containers publish on other addresses', () => {
    const rules = `dnat:\n${lines(30_000, (index) => `{ext_ip: 13.${nth(index)}, int_ip: 10.9.9.9, ports: 8080}`)}`;
    expect(countMappings(rules, containers(30_000))).toBe(30_000);
  });
});
