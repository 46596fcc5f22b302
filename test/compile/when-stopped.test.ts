// when_stopped: whether an entry whose container is stopped is an error, or left out for the time being.
import { expect, test } from 'vitest';
import { dockerSnapshot } from '../support/docker.ts';
import { compiled } from './compiled.ts';

const replica = (number: number, running: boolean) => ({
  name: `shop-web-${number}`,
  id: `${number}abc`,
  running,
  labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
  networks: { front: running ? { ipv4: `172.18.0.${number}` } : {} },
});

const networks = [{ name: 'front', bridge: 'br0', subnets: ['172.18.0.0/16'] }];

function stopped(reference: string, more: string, ...running: readonly boolean[]) {
  const docker = dockerSnapshot(
    running.map((each, index) => replica(index + 2, each)),
    networks,
  );
  const entry = `{container: ${reference}, ports: ["8080:80"]${more}}`;
  return compiled(`docker: [${entry}, {target_ip: 10.0.0.9, ports: [81]}]\n`, docker);
}

const other = 'docker *:81/tcp -> 10.0.0.9:81';

test.each([
  ['by name', 'shop-web-2', '', [false], 'container shop-web-2 is stopped'],
  ['by id', '2abc', '', [false], 'container shop-web-2 is stopped'],
  ['by service', 'shop/web', '', [false], 'container shop-web-2 is stopped'],
  ['every replica', 'shop/web', ', balance: random', [false, false], 'all containers of shop/web'],
] as const)(
  'omit leaves out an entry whose container is stopped: %s',
  (_, reference, more, running, said) => {
    const { mappings, diagnostics } = stopped(reference, `${more}, when_stopped: omit`, ...running);
    expect(mappings).toEqual([other]);
    expect(diagnostics).toMatchObject([{ code: 'omitted-entry', severity: 'warning' }]);
    expect(diagnostics[0]?.message).toContain(said);
  },
);

test.each([
  [
    'error, as without when_stopped',
    'shop-web-2',
    ', when_stopped: error',
    [false],
    'unusable-container',
  ],
  ['no when_stopped', 'shop-web-2', '', [false], 'unusable-container'],
  ['omit, and no such container', 'shop-db', ', when_stopped: omit', [false], 'unknown-container'],
  [
    'omit, and two that are meant',
    'shop/web',
    ', when_stopped: omit',
    [false, false],
    'ambiguous-container',
  ],
] as const)('stays an error: %s', (_, reference, more, running, code) => {
  const { diagnostics } = stopped(reference, more, ...running);
  expect(diagnostics).toMatchObject([{ code, severity: 'error' }]);
});

test('omit changes nothing while the container runs', () => {
  const { mappings, diagnostics } = stopped('shop-web-2', ', when_stopped: omit', true);
  expect(mappings).toEqual(['docker *:8080/tcp -> 172.18.0.2:80', other]);
  expect(diagnostics).toEqual([]);
});
