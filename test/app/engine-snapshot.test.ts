import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { takeSnapshot } from '../../src/app/engine-snapshot.ts';
import { collectInputs } from '../../src/app/inputs.ts';
import { inspectedContainer, inspectedNetwork } from '../docker/snapshots.ts';
import { listen } from '../listen.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const program = fileURLToPath(new URL('../support/fake-docker.mjs', import.meta.url));

/** What the engine is to tell. */
interface Printed {
  readonly containers?: readonly object[];
  readonly networks?: readonly object[];
  readonly info?: string;
  readonly endpoint?: string;
}

/** Puts a `docker` that tells this first in PATH. */
function fakeDocker(printed: Printed): Workspace & { calls(): string[] } {
  const files = createWorkspace({
    calls: '',
    'containers.json': JSON.stringify(printed.containers ?? []),
    'networks.json': JSON.stringify(printed.networks ?? []),
    'info.json': printed.info ?? '{"ServerVersion": "28.1.0", "SecurityOptions": []}',
    endpoint: printed.endpoint ?? 'unix:///var/run/docker.sock\n',
  });
  copyFileSync(program, files.file('docker'));
  chmodSync(files.file('docker'), 0o755);
  vi.stubEnv('PATH', `${files.path}:${process.env.PATH}`);
  return {
    ...files,
    calls: () => readFileSync(files.file('calls'), 'utf8').split('\n').filter(Boolean).sort(),
  };
}

afterEach(() => vi.unstubAllEnvs());

async function take(selected: readonly string[] = []) {
  const { report, said } = listen();
  const text = await takeSnapshot({ color: 'never', quiet: true }, new Set(selected), report);
  return { text, said: said() };
}

const id = (index: number) => `${index}`.padStart(64, '0');
const container = { ...inspectedContainer, Id: id(1) };
const network = { ...inspectedNetwork, Id: id(2) };

describe('a snapshot of the engine', () => {
  test('holds its containers and networks, and what it is', async () => {
    using docker = fakeDocker({ containers: [container], networks: [network] });
    const { text, said } = await take();
    expect(said).toEqual([]);
    expect(JSON.parse(text ?? '')).toMatchObject({
      schema: 'natmap.snapshot/v1',
      engine: { kind: 'docker', version: '28.1.0' },
      containers: [{ name: 'shop-web-1' }],
      networks: [{ name: 'shop_frontend' }],
    });
    expect(docker.calls()).toHaveLength(6);
  });

  test('of two thousand containers takes nine calls', async () => {
    const containers = Array.from({ length: 2000 }, (_, index) => ({
      ...inspectedContainer,
      Id: id(index),
      Name: `/web-${index}`,
    }));
    using docker = fakeDocker({ containers, networks: [network] });
    const { text } = await take();
    expect(JSON.parse(text ?? '').containers).toHaveLength(2000);
    expect(docker.calls()).toEqual([
      'context inspect --format {{.Endpoints.docker.Host}}',
      'info --format {{json .}}',
      ...Array.from({ length: 4 }, () => 'inspect --type container --'),
      'network inspect --',
      'network ls --quiet --no-trunc',
      'ps --all --quiet --no-trunc',
    ]);
  }, 60_000);

  test('leaves out a container that disappears meanwhile', async () => {
    const gone = { ...container, Id: id(3), Name: '/gone', State: { Running: true, Gone: true } };
    using _ = fakeDocker({ containers: [container, gone] });
    const { text } = await take();
    expect(JSON.parse(text ?? '').containers).toMatchObject([{ name: 'shop-web-1' }]);
  });

  test('holds no secret, and of labels only ours, those of compose and those asked for', async () => {
    using _ = fakeDocker({ containers: [container] });
    expect(JSON.stringify(container)).toContain('SECRET');
    const { text } = await take(['env']);
    expect(text).not.toContain('SECRET');
    expect(JSON.parse(text ?? '')).toMatchObject({ selectedLabels: ['env'] });
  });

  test.each<[what: string, printed: Printed, said: string]>([
    [
      'a container without a name',
      { containers: [{ ...container, Name: undefined }] },
      'snapshot-shape: what docker inspect printed: [0].Name is missing',
    ],
    [
      'an answer that is no JSON',
      { info: '{"SECRET' },
      'snapshot-syntax: what docker info printed: this is not JSON',
    ],
  ])('is not available of %s', async (_, printed, message) => {
    using docker = fakeDocker(printed);
    expect(docker.calls()).toEqual([]);
    const { said } = await take();
    expect(said).toEqual([message]);
  });
});

describe("another machine's containers", () => {
  test.each(['ssh://me@there', 'tcp://192.0.2.1:2375'])(
    'behind %s are refused, and nobody asks for them',
    async (endpoint) => {
      using docker = fakeDocker({ endpoint: `${endpoint}\n`, containers: [container] });
      await expect(take()).rejects.toMatchObject({
        message: `the client speaks to ${endpoint}, and what runs there is not on this host's networks`,
        hint: 'run natmap on that machine, or let the client use the engine here (DOCKER_HOST, DOCKER_CONTEXT, CONTAINER_HOST)',
      });
      expect(docker.calls()).toHaveLength(1);
    },
  );

  test('in the virtual machine of Docker Desktop are refused', async () => {
    using _ = fakeDocker({ info: '{"ServerVersion": "28", "OperatingSystem": "Docker Desktop"}' });
    await expect(take()).rejects.toThrow(/virtual machine/);
  });
});

test('--docker live means what a saved snapshot and the output of docker inspect mean', async () => {
  using docker = fakeDocker({ containers: [container], networks: [network] });
  docker.write({
    'rules.d/a.yaml': 'docker: [{container: shop/web, network: shop_frontend, ports: ["80"]}]\n',
    'saved.json': (await take()).text ?? '',
    'inspect.json': JSON.stringify([container, network]),
  });
  const compiled = (source: string) =>
    collectInputs({
      rules: docker.file('rules.d'),
      docker: source,
      family: 'all',
      color: 'never',
    });
  const live = await compiled('live');
  expect(live.mappings).toHaveLength(2);
  expect(live.diagnostics).toEqual([]);
  for (const saved of ['saved.json', 'inspect.json']) {
    expect((await compiled(docker.file(saved))).wanted).toEqual(live.wanted);
  }
});
