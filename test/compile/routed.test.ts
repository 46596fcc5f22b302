import { expect, test } from 'vitest';
import { type ContainerSpec, dockerSnapshot, type NetworkSpec } from '../support/docker.ts';
import { compiled } from './compiled.ts';

/** IPv6 is routed: Docker 27 and later print no host port there. */
const db: ContainerSpec = {
  name: 'db',
  networks: { front: { ipv4: '172.18.0.2', ipv6: 'fd00:18::2' } },
  published: {
    '5432/tcp': ['0.0.0.0:5432', '[::]:'],
    '5433/tcp': ['[::]:'],
    '53/udp': ['[::]:'],
  },
};

const front: NetworkSpec = { name: 'front', bridge: 'br-front', subnets: ['172.18.0.0/16'] };

function routed(rules: string, networks: readonly NetworkSpec[] = [front], container = db) {
  const { mappings, said } = compiled(rules, dockerSnapshot([container], networks));
  return { said, restricted: mappings.filter((each) => each.startsWith('restrict routed')) };
}

const sources = 'sources: [198.51.100.0/24, "2001:db8:9::/48"]';

test.each<[what: string, rules: string, restricted: string[]]>([
  [
    'publish restricts every routed port, neighbouring ones as a range',
    `publish: [{from: published, ${sources}}]`,
    [
      'restrict routed of db:53 to 2001:db8:9::/48',
      'restrict routed of db:5432-5433 to 2001:db8:9::/48',
    ],
  ],
  [
    'publish restricts to nobody in a family without sources',
    'publish: [{from: published, sources: [198.51.100.0/24]}]',
    ['restrict routed of db:53 to nobody', 'restrict routed of db:5432-5433 to nobody'],
  ],
  [
    'a docker entry restricts the container ports that it names',
    `docker: [{container: db, ports: ["5432:5432"], ${sources}}]`,
    ['restrict routed of db:5432 to 2001:db8:9::/48'],
  ],
  ['without sources nothing is restricted', 'publish: [{from: published}]', []],
])('%s', (_, rules, restricted) => {
  expect(routed(rules)).toEqual({ said: [], restricted });
});

test('a container of which all ports are routed publishes something', () => {
  const container = { ...db, published: { '53/udp': ['[::]:'] } };
  expect(routed('publish: [{from: published}]', [front], container).said).toEqual([]);
});

test('without its network in the snapshot the port would stay open, which is an error', () => {
  const { said } = routed(`docker: [{container: db, ports: ["5432:5432"], ${sources}}]`, []);
  expect(said).toEqual([
    'a.yaml:1:34 routed-port-open: container db opens port 5432/tcp to everyone in IPv6 (gateway mode routed), and the snapshot lacks the network to restrict it',
    expect.stringContaining('missing-network: the snapshot does not hold network front'),
  ]);
});

test('an empty host port of a container that does not run means nothing', () => {
  const stopped = { ...db, running: false };
  expect(routed('publish: [{from: published, sources: [10.0.0.0/8]}]', [], stopped)).toEqual({
    said: [
      'a.yaml:1:11 unusable-container: container db is not running, so it has no address; it is left out',
    ],
    restricted: [],
  });
});
