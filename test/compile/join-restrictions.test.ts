import { expect, test } from 'vitest';
import { type ContainerSpec, dockerSnapshot, type NetworkSpec } from '../support/docker.ts';
import { compiled } from './compiled.ts';

const web: ContainerSpec = {
  name: 'web',
  networks: { front: { ipv4: '172.18.0.2' } },
  published: {
    '7000/tcp': ['0.0.0.0:7000'],
    '7001/tcp': ['0.0.0.0:7001'],
    '80/tcp': ['0.0.0.0:8080'],
  },
};
const front: NetworkSpec = { name: 'front', bridge: 'br-front', subnets: ['172.18.0.0/16'] };

function restrictions(rules: string): string[] {
  const { mappings, said } = compiled(rules, dockerSnapshot([web], [front]));
  expect(said.filter((each) => !each.includes(' repeat:'))).toEqual([]);
  return mappings.filter((each) => each.startsWith('restrict'));
}

const entry = (port: string, source: string | null) =>
  `{container: web, ports: ["${port}"]${source === null ? '' : `, sources: [${source}]`}}`;

test.each<[what: string, rules: string, restrictions: string[]]>([
  [
    'ports that follow each other are a range, one with another number inside is not',
    'publish: [{from: published, sources: [10.0.0.0/8]}]',
    [
      'restrict *:7000-7001/tcp of web:7000-7001 to 10.0.0.0/8',
      'restrict *:8080/tcp of web:80 to 10.0.0.0/8',
    ],
  ],
  [
    'two entries about one port let in the sources of both',
    `docker: [${entry('8080:80', '10.0.0.0/8')}, ${entry('8080:80', '192.0.2.0/24')}]`,
    ['restrict *:8080/tcp of web:80 to 10.0.0.0/8 192.0.2.0/24'],
  ],
  [
    'an entry without sources for the port lets in everyone',
    `docker: [${entry('8080:80', '10.0.0.0/8')}, ${entry('8080:80', null)}]`,
    [],
  ],
  [
    'an entry without sources for another port of the host opens that only',
    `docker: [${entry('8080:80', '10.0.0.0/8')}, ${entry('9090:80', null)}]`,
    ['restrict *:8080/tcp of web:80 to 10.0.0.0/8'],
  ],
])('%s', (_, rules, expected) => {
  expect(restrictions(rules)).toEqual(expected);
});
