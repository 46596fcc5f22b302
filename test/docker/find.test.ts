import { describe, expect, test } from 'vitest';
import { startOf } from '../../src/diagnostic/source.ts';
import { indexContainers } from '../../src/docker/container-index.ts';
import { findContainer } from '../../src/docker/find.ts';
import { emptySnapshot } from '../../src/docker/read.ts';
import { listen } from '../listen.ts';
import { dockerInspect } from '../support/docker.ts';
import { soundSnapshot } from './snapshots.ts';

const compose = (project: string, service: string) => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
});
const one = { bridge: { ipv4: '172.17.0.2' } };
const several = { front: { ipv4: '172.18.0.2' }, back: { ipv4: '172.19.0.2', ipv6: 'fd00::2' } };

const index = indexContainers(
  soundSnapshot(
    JSON.parse(
      dockerInspect(
        { name: 'web', id: 'abcd11'.padEnd(64, '0'), networks: one },
        { name: 'db', id: 'abcd22'.padEnd(64, '0'), networks: several },
        { name: 'beef', id: 'cafe'.padEnd(64, '0'), networks: one },
        { name: 'other', id: 'beef'.padEnd(64, '0'), networks: one },
        { name: 'shop-web-1', networks: one, labels: compose('shop', 'web') },
        {
          name: 'shop-web-run-12ab',
          networks: one,
          labels: { ...compose('shop', 'web'), 'com.docker.compose.oneoff': 'True' },
        },
        { name: 'shop-api-1', networks: one, labels: compose('shop', 'api') },
        { name: 'shop-api-2', networks: one, labels: compose('shop', 'api') },
        { name: 'stopped', running: false, networks: one },
        { name: 'on-host', networkMode: 'host', networks: { host: {} } },
        { name: 'alone', networkMode: 'none', networks: { none: {} } },
        { name: 'sidecar', networkMode: 'container:abcd11', networks: {} },
        { name: 'detached', networkMode: 'bridge', networks: {} },
        { name: 'waiting', networks: { bridge: {} } },
      ),
    ),
  ),
);

const source = { name: 'rules.d/a.yaml', text: 'container: x\nnetwork: y\n' };
const containerAt = { ...startOf(source), offset: 11 };
const networkAt = { ...startOf(source), offset: 22 };

/** `name on network`, or what is said. */
function find(reference: string, network: string | null = null) {
  const { report, diagnostics, said } = listen();
  const found = findContainer(
    index,
    { value: reference, at: containerAt },
    network === null ? null : { value: network, at: networkAt },
    report,
  );
  const [message] = said();
  const text = found === null ? message : `${found.container.name} on ${found.attachment.network}`;
  return { text, hint: diagnostics[0]?.hint };
}

describe('a container is found by', () => {
  test.each<[by: string, reference: string, network: string | null, found: string]>([
    ['its name', 'web', null, 'web on bridge'],
    ['its name and its network', 'web', 'bridge', 'web on bridge'],
    ['its name and one of its networks', 'db', 'back', 'db on back'],
    ['its whole id', 'abcd11'.padEnd(64, '0'), null, 'web on bridge'],
    ['the first digits of its id', 'abcd1', null, 'web on bridge'],
    [
      'the service of compose that it alone makes up, but for a command',
      'shop/web',
      null,
      'shop-web-1 on bridge',
    ],
    ['the name of one of several replicas', 'shop-api-2', null, 'shop-api-2 on bridge'],
    ['its name, when that is the beginning of an id too', 'beef', null, 'beef on bridge'],
  ])('%s: %s', (_, reference, network, found) => {
    expect(find(reference, network).text).toBe(found);
  });
});

describe('what cannot be mapped is refused at its place', () => {
  test.each<[reference: string, network: string | null, said: string, hint?: string]>([
    [
      'wbe',
      null,
      '1:12 unknown-container: the snapshot has no container "wbe"',
      'did you mean web?',
    ],
    [
      'shop/wep',
      null,
      '1:12 unknown-container: the snapshot has no container "shop/wep"',
      'did you mean shop/web?',
    ],
    ['WEB2000', null, '1:12 unknown-container: the snapshot has no container "WEB2000"'],
    ['fff', null, '1:12 unknown-container: the snapshot has no container "fff"'],
    [
      '/web',
      null,
      '1:12 unknown-container: the snapshot has no container "/web"',
      'did you mean web?',
    ],
    [
      'abcd',
      null,
      '1:12 ambiguous-container: "abcd" means several containers: db, web',
      'name one of them',
    ],
    [
      'shop/api',
      null,
      '1:12 ambiguous-container: "shop/api" means several containers: shop-api-1, shop-api-2',
      'name one of them, or spread connections over all with balance: round-robin or random',
    ],
    [
      'db',
      null,
      '1:12 ambiguous-network: container db is on several networks: back, front',
      'choose one with network:',
    ],
    [
      'db',
      'bridge',
      '2:10 unknown-network: container db is not on network "bridge"',
      'it is on: back, front',
    ],
    [
      'web',
      'none',
      '2:10 unknown-network: container web is not on network "none"',
      'it is on: bridge',
    ],
    [
      'detached',
      'x',
      '2:10 unknown-network: container detached is not on network "x"',
      'it is on none',
    ],
    [
      'stopped',
      null,
      '1:12 unusable-container: container stopped is not running, so it has no address',
    ],
    [
      'on-host',
      null,
      "1:12 unusable-container: container on-host uses the host's network, so its ports need no mapping",
    ],
    ['alone', null, '1:12 unusable-container: container alone has no network'],
    [
      'sidecar',
      null,
      "1:12 unusable-container: container sidecar shares another container's network; name that one",
    ],
    ['detached', null, '1:12 unusable-container: container detached has no address on any network'],
    [
      'waiting',
      null,
      '1:12 unusable-container: container waiting has no address on network bridge',
    ],
    [
      'waiting',
      'bridge',
      '2:10 unusable-container: container waiting has no address on network bridge',
    ],
  ])('%s, network %s', (reference, network, said, hint) => {
    const found = find(reference, network);
    expect(found.text).toBe(`rules.d/a.yaml:${said}`);
    if (hint !== undefined) expect(found.hint).toBe(hint);
  });

  test('an unknown name without a near one gets the names there are', () => {
    const empty = indexContainers(emptySnapshot);
    const { report, diagnostics } = listen();
    findContainer(empty, { value: 'web', at: containerAt }, null, report);
    expect(diagnostics).toMatchObject([{ hint: 'the snapshot has no containers' }]);
    expect(find('nothing-like-it').hint).toMatch(/^it has: alone, beef, .*, and \d+ more$/);
  });
});
