import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printSnapshot } from '../../src/docker/print.ts';
import { emptySnapshot, readSnapshot } from '../../src/docker/read.ts';
import type { Snapshot } from '../../src/docker/snapshot.ts';
import { listen } from '../listen.ts';
import { validJson } from '../support/json-schema.ts';
import { inspectedContainer, inspectedNetwork, read, soundSnapshot } from './snapshots.ts';

const nothing: ReadonlySet<string> = new Set();

const words = fc.constantFrom('a', 'b', 'Z', 'web-1', 'web-10', 'web-2');
const address4 = fc.ipV4().filter((text) => !/(^|\.)0\d/.test(text));

const container = fc.record({
  Id: fc.stringMatching(/^[0-9a-f]{8}$/),
  Name: words.map((name) => `/${name}`),
  State: fc.record({ Running: fc.boolean() }),
  HostConfig: fc.record({ NetworkMode: words }),
  Config: fc.record({
    Labels: fc.dictionary(
      fc.string().map((key) => `natmap.${key}`),
      fc.string(),
    ),
  }),
  NetworkSettings: fc.record({
    Ports: fc.dictionary(
      fc.integer({ min: 1, max: 65535 }).map((port) => `${port}/tcp`),
      fc.array(
        fc.record({ HostIp: address4, HostPort: fc.integer({ min: 1, max: 65535 }).map(String) }),
      ),
    ),
    Networks: fc.dictionary(
      fc.string(),
      fc.record({
        IPAddress: address4,
        GlobalIPv6Address: fc.ipV6(),
        GwPriority: fc.integer(),
      }),
    ),
  }),
});

const network = fc.record({
  Id: fc.stringMatching(/^[0-9a-f]{12}$/),
  Name: fc.string(),
  Driver: fc.constantFrom('bridge', 'macvlan', 'null'),
  Internal: fc.boolean(),
  IPAM: fc.record({ Config: fc.array(fc.record({ Subnet: address4.map((ip) => `${ip}/24`) })) }),
});

const inspected = fc.tuple(
  fc.uniqueArray(container, { selector: ({ Name }) => Name }),
  fc.uniqueArray(network, { selector: ({ Name }) => Name }),
);

describe('a snapshot that is printed', () => {
  test('reads back as the same', () => {
    fc.assert(
      fc.property(inspected, ([containers, networks]) => {
        const snapshot = soundSnapshot([...containers, ...networks]);
        expect(soundSnapshot(validJson(printSnapshot(snapshot, nothing)))).toEqual(snapshot);
      }),
    );
  });

  test('is the same text in whatever order the engine printed it', () => {
    const shuffled = inspected.chain(([containers, networks]) => {
      const all = [...containers, ...networks];
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }));
    });
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(printSnapshot(soundSnapshot(other), nothing)).toBe(
          printSnapshot(soundSnapshot(one), nothing),
        );
      }),
    );
  });

  test('holds what rules need, in an order that a person can look through', () => {
    const selected = new Set(['tier', 'env']);
    const labelled = {
      ...inspectedContainer,
      Config: { Labels: { ...inspectedContainer.Config.Labels, env: 'prod' } },
    };
    const { report } = listen();
    const text = JSON.stringify([labelled, inspectedNetwork]);
    const snapshot = readSnapshot({ name: 'd.json', text }, report, selected);
    expect(printSnapshot(snapshot, selected)).toMatchSnapshot();
  });
});

describe('a label that rules select by', () => {
  const env = (...kept: string[]): Snapshot => {
    const text = printSnapshot(emptySnapshot, new Set(kept));
    const { report, said } = listen();
    const snapshot = readSnapshot({ name: 'd.json', text }, report, new Set(['env']));
    expect(said()).toEqual(
      kept.includes('env')
        ? []
        : [
            'd.json:4:21 snapshot-shape: selectedLabels lacks "env", which rules select by: take it with --label',
          ],
    );
    return snapshot;
  };

  test('is an error when the snapshot was taken without it, and no container seems not to have it', () => {
    expect(env('other')).toEqual(emptySnapshot);
  });

  test('may be on no container', () => {
    expect(env('env', 'other')).toEqual(emptySnapshot);
  });

  test('needs no mention when it is one of those that are always kept', () => {
    const { report, said } = listen();
    const text = printSnapshot(emptySnapshot, nothing);
    const selected = new Set(['com.docker.compose.project', 'natmap.tier']);
    readSnapshot({ name: 'd.json', text }, report, selected);
    expect(said()).toEqual([]);
  });
});

test('two containers of one name are reported not to be of one moment', () => {
  const other = { ...inspectedContainer, Id: 'abc' };
  expect(read(JSON.stringify([inspectedContainer, other])).said).toEqual([
    'docker.json:1:1 snapshot-shape: the snapshot has two containers of the name shop-web-1, which are not of one moment',
  ]);
});

test('a container that was inspected twice is one', () => {
  const twice = soundSnapshot([inspectedContainer, inspectedContainer]);
  expect(twice.containers).toHaveLength(1);
});
