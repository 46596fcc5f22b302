import { expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import { listen } from '../listen.ts';
import { dockerSnapshot } from '../support/docker.ts';

/** A swarm task published with mode=host, as `docker inspect` of the container alone prints it. */
const task = (network: string, project?: string) =>
  dockerSnapshot(
    [
      {
        ...(project !== undefined && {
          labels: { 'com.docker.compose.project': project, 'com.docker.compose.service': 'web' },
        }),
        name: 'web.1.x7k2',
        networks: { [network]: { ipv4: '10.0.1.7' } },
        published: { '80/tcp': ['0.0.0.0:8080'] },
      },
    ],
    [],
  );

const overlay = {
  ...{ Id: 'n1', Name: 'app', Driver: 'overlay' },
  IPAM: { Config: [{ Subnet: '10.0.1.0/24' }] },
};

function missing(rules: string, docker: string): string[] {
  const { report, diagnostics } = listen();
  const snapshot = readSnapshot({ name: 'docker.json', text: docker }, report);
  compile(loadRuleSet([{ name: 'a.yaml', text: rules }], report), snapshot, report);
  return diagnostics
    .filter(({ code }) => code === 'missing-network')
    .map(({ severity, message, hint }) => `${severity}: ${message} (${hint})`);
}

test.each([
  ['docker, several ports', 'error', 'docker: [{container: web.1.x7k2, ports: [81, 82]}]\n'],
  ['what is left to the engine', 'warning', 'publish: [{from: published}]\n'],
])('a network of unknown driver is reported once, with the command: %s', (_, severity, rules) => {
  expect(missing(rules, task('app'))).toEqual([
    `${severity}: the snapshot does not hold network app, so its driver is not known: no port can be mapped to a macvlan, ipvlan or overlay network (add what docker network inspect app prints, or use natmap snapshot)`,
  ]);
});

test.each(['app', 'bridge', 'podman'])(
  'sources need the subnets of network %s for direct routes',
  (network) => {
    const rules = 'publish: [{from: published, sources: [198.51.100.0/24]}]\n';
    expect(missing(rules, task(network)).join('\n')).toContain(
      `does not hold network ${network}, so `,
    );
  },
);

test('a label is a request, and stops nothing', () => {
  const docker = JSON.parse(task('app'));
  docker[0].Config.Labels['natmap.ports'] = '81';
  expect(missing('publish: [{from: labels}]\n', JSON.stringify(docker))).toEqual([
    expect.stringMatching(/^warning: the snapshot does not hold network app/),
  ]);
});

test.each([
  ["Docker's default network", 'publish: [{from: published}]\n', task('bridge')],
  ["Podman's default network", 'publish: [{from: published}]\n', task('podman')],
  ["compose's own network", 'publish: [{from: published}]\n', task('shop_front', 'shop')],
  ['a container that no entry maps', 'docker: [{target_ip: 10.0.0.9, ports: [81]}]\n', task('app')],
  [
    'a network that is in the file',
    'publish: [{from: published}]\n',
    JSON.stringify([...JSON.parse(task('app')), overlay]),
  ],
])('%s needs no inspection', (_, rules, docker) => {
  expect(missing(rules, docker)).toEqual([]);
});
