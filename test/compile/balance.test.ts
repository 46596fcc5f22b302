import { describe, expect, test } from 'vitest';
import { type ContainerSpec, dockerInspect } from '../support/docker.ts';
import { compiled } from './compiled.ts';

/** A container of the compose service shop/web on network `front`. */
function replica(number: number, changed: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name: `shop-web-${number}`,
    networks: { front: { ipv4: `172.18.0.${number}`, ipv6: `fd00:18::${number}` } },
    labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
    ...changed,
  };
}

const three = dockerInspect(replica(2), replica(3), replica(4));

function balanced(more: string, docker: string) {
  return compiled(`docker: [{container: ▸shop/web, ports: ["8000:80"]${more}}]`, docker);
}

describe('a service of several containers', () => {
  test('without balance is an error that names them, and balance', () => {
    const { said, marks, diagnostics } = balanced('', three);
    expect(said).toEqual([
      `${marks[0]} ambiguous-container: "shop/web" means several containers: shop-web-2, shop-web-3, shop-web-4`,
    ]);
    expect(diagnostics[0]?.hint).toContain('balance: round-robin or random');
  });

  test.each(['random', 'round-robin'])(
    'with balance %s is one mapping for each, by family',
    (mode) => {
      const { mappings, said } = balanced(`, balance: ${mode}`, three);
      expect(said).toEqual([]);
      expect(mappings).toEqual([
        `docker *:8000/tcp -> 172.18.0.2:80 1 of 3 ${mode}`,
        `docker *:8000/tcp -> 172.18.0.3:80 2 of 3 ${mode}`,
        `docker *:8000/tcp -> 172.18.0.4:80 3 of 3 ${mode}`,
        `docker *:8000/tcp -> [fd00:18::2]:80 1 of 3 ${mode}`,
        `docker *:8000/tcp -> [fd00:18::3]:80 2 of 3 ${mode}`,
        `docker *:8000/tcp -> [fd00:18::4]:80 3 of 3 ${mode}`,
      ]);
    },
  );

  test('that is down to one container is an ordinary mapping', () => {
    const docker = dockerInspect(replica(2));
    expect(balanced(', balance: random', docker)).toMatchObject({
      mappings: ['docker *:8000/tcp -> 172.18.0.2:80', 'docker *:8000/tcp -> [fd00:18::2]:80'],
      said: [],
    });
  });

  test('leaves out of a family those that have no address there, with a warning', () => {
    const docker = dockerInspect(
      replica(2),
      replica(3, { networks: { front: { ipv4: '172.18.0.3' } } }),
    );
    const { mappings, diagnostics } = balanced(', balance: random', docker);
    expect(mappings).toEqual([
      'docker *:8000/tcp -> 172.18.0.2:80 1 of 2 random',
      'docker *:8000/tcp -> 172.18.0.3:80 2 of 2 random',
      'docker *:8000/tcp -> [fd00:18::2]:80',
    ]);
    expect(diagnostics).toMatchObject([
      {
        code: 'unusable-container',
        severity: 'warning',
        message: 'container shop-web-3 has no IPv6 address, so it gets no IPv6 connections',
      },
    ]);
  });

  test('leaves out those that cannot be used, with a warning', () => {
    const stopped = { running: false, networks: { front: {} } };
    const docker = dockerInspect(replica(2), replica(3, stopped), replica(4));
    const { mappings, diagnostics } = balanced(', balance: random', docker);
    expect(mappings).toHaveLength(4);
    expect(diagnostics).toMatchObject([
      {
        code: 'unusable-container',
        severity: 'warning',
        message: 'container shop-web-3 is not running, so it has no address; it is left out',
      },
    ]);
  });

  test('of which none can be used is an error for each', () => {
    const stopped = { running: false, networks: { front: {} } };
    const docker = dockerInspect(replica(2, stopped), replica(3, stopped));
    const { mappings, diagnostics } = balanced(', balance: random', docker);
    expect(mappings).toEqual([]);
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'error unusable-container',
      'error unusable-container',
    ]);
  });

  test('on a network that it is not on is one error, as all are alike', () => {
    const { said } = balanced(', network: ▸back, balance: random', three);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('unknown-network: container shop-web-2 is not on network "back"');
  });

  test('is mapped by `network` where it is on several', () => {
    const both = (n: number) =>
      replica(n, {
        networks: { front: { ipv4: `172.18.0.${n}` }, back: { ipv4: `172.19.0.${n}` } },
      });
    const docker = dockerInspect(both(2), both(3));
    expect(balanced(', network: back, balance: random', docker).mappings).toEqual([
      'docker *:8000/tcp -> 172.19.0.2:80 1 of 2 random',
      'docker *:8000/tcp -> 172.19.0.3:80 2 of 2 random',
    ]);
  });
});

test('an id prefix of several containers stays an error, balance or not', () => {
  const docker = dockerInspect(replica(2, { id: 'abc1' }), replica(3, { id: 'abc2' }));
  const { said } = compiled('docker: [{container: ▸abc, ports: 80, balance: random}]', docker);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('ambiguous-container: "abc" means several containers');
});

test('a source within another one is left out, as it would be spread over twice', () => {
  const sources = ', sources: [10.1.0.0/16, 10.0.0.0/8, 192.0.2.1, 192.0.2.1]';
  const two = dockerInspect(replica(2), replica(3));
  const { mappings } = balanced(`, balance: random${sources}`, two);
  expect(mappings[0]).toBe(
    'docker *:8000/tcp -> 172.18.0.2:80 1 of 2 random from 10.0.0.0/8 192.0.2.1',
  );
});

describe('conflicts', () => {
  const entry = (more: string) => `{container: shop/web, ports: ["8000:80"]${more}}`;
  const count = (...entries: string[]) => {
    const { diagnostics } = compiled(`docker: [${entries.join()}]`, three);
    return diagnostics.map(({ code }) => code);
  };
  const random = ', balance: random';

  test.each<[what: string, entries: string[], codes: string[]]>([
    ['none within one entry', [entry(random)], []],
    ['a repeat of the same', [entry(random), entry(random)], ['duplicate-mapping']],
    [
      'none for the same with sources',
      [entry(random), entry(`${random}, sources: [10.0.0.0/8, "fd00::/8"]`)],
      [],
    ],
    ['another way of balancing', [entry(random), entry(', balance: round-robin')], ['conflict']],
    [
      'one of the containers alone',
      [entry(random), '{container: shop-web-2, ports: ["8000:80"]}'],
      ['conflict'],
    ],
    [
      'another target',
      [entry(random), '{target_ip: 172.18.0.9, ports: ["8000:80"]}'],
      ['conflict'],
    ],
  ])('%s', (_, entries, codes) => {
    expect(count(...entries)).toEqual(codes);
  });
});
