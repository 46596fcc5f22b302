import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/docker/snapshot.ts';
import { isContainerName } from '../../src/docker/values.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { interfaceProblem } from '../../src/net/interface.ts';
import { protocols } from '../../src/net/protocol.ts';
import { inspectedContainer, inspectedNetwork, natmapSnapshot, read } from './snapshots.ts';

type Path = readonly (string | number)[];

/** Every path of a JSON value, its own root included. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const inner = keys.flatMap((key) =>
    pathsOf((value as Record<string | number, unknown>)[key], [...path, key]),
  );
  return [path, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? (structuredClone(value) as never)
    : { ...(value as object) };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

function isAddress(address: Address): boolean {
  return parseAddress(address.text)?.text === address.text;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

/** Everything that later stages take for granted. */
function expectSound({ engine, containers, networks }: Snapshot): void {
  expect(engine === null || ['docker', 'podman'].includes(engine.kind)).toBe(true);
  for (const { name, bridge, internal, subnets } of networks) {
    expect([typeof name, typeof internal]).toEqual(['string', 'boolean']);
    expect(bridge === null || (interfaceProblem(bridge) === null && !/\+$/.test(bridge))).toBe(
      true,
    );
    expect(subnets.every(({ base }) => isAddress(base))).toBe(true);
  }
  for (const container of containers) {
    expect(isContainerName(container.name)).toBe(true);
    expect([true, false]).toContain(container.running);
    expect(typeof container.networkMode).toBe('string');
    expect([...container.labels].flat().every((part) => typeof part === 'string')).toBe(true);
    for (const { network, ipv4, ipv6, gwPriority } of container.attachments) {
      expect([typeof network, Number.isSafeInteger(gwPriority)]).toEqual(['string', true]);
      expect(ipv4 === null || (ipv4.family === 'ipv4' && isAddress(ipv4))).toBe(true);
      expect(ipv6 === null || (ipv6.family === 'ipv6' && isAddress(ipv6))).toBe(true);
    }
    for (const { hostIp, hostPort, containerPort, protocol } of container.published) {
      expect([isAddress(hostIp), isPort(hostPort), isPort(containerPort)]).toEqual([
        true,
        true,
        true,
      ]);
      expect(protocols).toContain(protocol);
    }
  }
}

const engine = { kind: 'docker', version: '28.1.0', rootless: false, firewall: 'iptables' };

const nasty = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown[]>(null, '', 0, -1, 1.5, [], {}, [null], [[]], { '': '' }, true),
  fc.constantFrom('a\n-j ACCEPT', '-j ACCEPT', '\u0000', '0', '65536', '::1', '10.0.0.1', '../x'),
  fc.string({ unit: 'binary' }),
);

describe.each([
  ['docker inspect', [inspectedContainer, inspectedNetwork]],
  ["natmap's own snapshot", { ...natmapSnapshot, engine }],
])('%s', (_, sound) => {
  test('with any value at any path is reported to be wrong, or gives sound values', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(sound)), nasty, (path, value) => {
        const { snapshot } = read(JSON.stringify(replaced(sound, path, value)) ?? '');
        expectSound(snapshot);
      }),
      { numRuns: 1000 },
    );
  });

  test('with a name in place of any key', () => {
    const keyed = JSON.stringify(sound);
    fc.assert(
      fc.property(
        fc.constantFrom(...(keyed.match(/"[^"]*":/g) ?? [])),
        fc.string(),
        (key, other) => {
          expectSound(read(keyed.replaceAll(key, `${JSON.stringify(other)}:`)).snapshot);
        },
      ),
    );
  });

  test('cut off anywhere is reported not to be JSON', () => {
    const text = JSON.stringify(sound);
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), (length) => {
        const { diagnostics } = read(text.slice(0, length));
        expect(diagnostics).toMatchObject([{ code: 'snapshot-syntax', severity: 'error' }]);
      }),
    );
  });
});

test('any text at all is reported not to be a snapshot', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json());
  fc.assert(
    fc.property(text, (any) => {
      const { snapshot, diagnostics } = read(any);
      expect(diagnostics.length > 0 || snapshot.containers.length === 0).toBe(true);
    }),
  );
});

test('the text around a fault, which may be a secret, is not repeated', () => {
  const text = JSON.stringify([inspectedContainer]).replaceAll(
    /"[^"]*SECRET"/g,
    '$& oops "SECRET"',
  );
  expect(read(text).said.join()).not.toContain('SECRET');
  expect(read(text.replaceAll('"', "'")).said.join()).not.toContain('SECRET');
});

test.each([
  ['lists', '['.repeat(50_000) + ']'.repeat(50_000)],
  ['objects', `[${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}]`],
])('%s nested without end are reported, not a crash', (_, text) => {
  expect(read(text).diagnostics).not.toEqual([]);
});

describe('a text of a megabyte', () => {
  const long = 'a"\\\n-j ACCEPT '.repeat(80_000);

  test.each(pathsOf([inspectedContainer, inspectedNetwork]).map((path) => [path]))(
    'at %j is kept or reported, in few words',
    (path) => {
      const { snapshot, said } = read(
        JSON.stringify(replaced([inspectedContainer, inspectedNetwork], path, long)),
      );
      expectSound(snapshot);
      expect(said.every((line) => line.length < 1000)).toBe(true);
    },
  );

  test('before a fault of syntax does not hide its place', () => {
    const text = `[${JSON.stringify(long)},\n oops]`;
    expect(read(text).said).toEqual([
      expect.stringMatching(/^docker\.json:2:2 snapshot-syntax: this is not JSON/),
    ]);
  });
});

/** At these sizes, anything quadratic takes longer than the test may. */
describe('a hundred thousand', () => {
  const count = 100_000;
  const list = <T>(make: (index: number) => T) => Array.from({ length: count }, (_, n) => make(n));
  const keys = (key: (index: number) => string, value: unknown) =>
    Object.fromEntries(list((n) => [key(n), value]));
  const container = (change: object) => ({
    Id: 'a',
    Name: 'web',
    State: { Running: true },
    NetworkSettings: {},
    ...change,
  });

  test.each<[what: string, value: unknown, containers: number, faults: number]>([
    ['elements that are nothing', list(() => ({})), 0, count],
    [
      'ports that are none',
      [container({ NetworkSettings: { Ports: keys((n) => `x${n}/tcp`, []) } })],
      1,
      count,
    ],
    [
      'bindings that are none',
      [container({ NetworkSettings: { Ports: keys((n) => `${(n % 60_000) + 1}/tcp`, [0]) } })],
      1,
      0,
    ],
    ['containers of one name', list((n) => container({ Id: `${n}` })), count, count - 1],
    [
      'networks of one container',
      [container({ NetworkSettings: { Networks: keys((n) => `n${n}`, {}) } })],
      1,
      0,
    ],
    ['labels', [container({ Config: { Labels: keys((n) => `natmap.${n}`, '1') } })], 1, 0],
  ])(
    '%s are read in time that grows with their number',
    (_, value, containers, faults) => {
      const { snapshot, diagnostics } = read(JSON.stringify(value));
      expect([snapshot.containers.length, diagnostics.length]).toEqual([containers, faults]);
    },
    20_000,
  );
});

test('a name of Object.prototype is no key', () => {
  const text = JSON.stringify([
    { ...inspectedContainer, NetworkSettings: { Ports: {}, Networks: {} } },
  ]);
  const { snapshot } = read(
    text.replace('"Networks":{}', '"Networks":{"__proto__":{"IPAddress":"10.0.0.1"}}'),
  );
  expect(snapshot.containers[0]?.attachments).toMatchObject([{ network: '__proto__' }]);
});
