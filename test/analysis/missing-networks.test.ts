import { expect, test } from 'vitest';
import { reportMissingNetworks } from '../../src/analysis/missing-networks.ts';
import { compile } from '../../src/compile/compile.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import { missingNetworks } from '../../src/docker/missing-networks.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import { listen } from '../listen.ts';
import { dockerInspect } from '../support/docker.ts';

/** A swarm task published with mode=host, as `docker inspect` of the container alone prints it. */
const task = (network: string, project?: string) =>
  dockerInspect({
    ...(project !== undefined && {
      labels: { 'com.docker.compose.project': project, 'com.docker.compose.service': 'web' },
    }),
    name: 'web.1.x7k2',
    networks: { [network]: { ipv4: '10.0.1.7' } },
    published: { '80/tcp': ['0.0.0.0:8080'] },
  });

const overlay = {
  ...{ Id: 'n1', Name: 'app', Driver: 'overlay' },
  IPAM: { Config: [{ Subnet: '10.0.1.0/24' }] },
};

function missing(rules: string, docker: string): string[] {
  const { report, diagnostics } = listen();
  const snapshot = readSnapshot({ name: 'docker.json', text: docker }, report);
  const mappings = compile(
    loadRuleSet([{ name: 'a.yaml', text: rules }], report),
    snapshot,
    report,
  );
  reportMissingNetworks(mappings, missingNetworks(snapshot), report);
  return diagnostics
    .filter(({ code }) => code === 'missing-network')
    .map(({ message, hint }) => `${message} (${hint})`);
}

test.each([
  ['publish', 'publish: [{from: published}]\n'],
  ['publish with sources', 'publish: [{from: published, sources: [198.51.100.0/24]}]\n'],
  ['docker, several ports', 'docker: [{container: web.1.x7k2, ports: [81, 82]}]\n'],
])('a network that is not in the file is named once, with the command: %s', (_, rules) => {
  const found = missing(rules, task('app'));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('does not hold network app, so its driver is not known');
  expect(found[0]).toContain('docker network inspect app');
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
