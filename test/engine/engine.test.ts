/** That the tests' own engine is a real one, and that nothing of it stays behind. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startDocker } from '../support/dockerd.ts';
import { addressOf, connectFrom, runIdle, runServer, untilReady } from '../support/engine.ts';
import { engineReason } from '../support/kernel.ts';
import { mustRun } from '../support/process.ts';
import { addresses, createHosts } from '../support/topology.ts';
import { answer, connect } from '../support/traffic.ts';

describe.skipIf(engineReason())('dockerd in a namespace', () => {
  test('runs containers, keeps them when it restarts, and leaves nothing behind', async () => {
    const folders = await useDocker();
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    expect(processesOf(`${folders[0]}`)).toEqual([]);
    expect(mountsOf(`${folders[0]}`)).toEqual([]);
    const cgroups = ['/sys/fs/cgroup', '-maxdepth', '2', '-name', `natmap-test-${process.pid}*`];
    expect(await mustRun('find', cgroups)).toBe('');
  });
});

/** Uses an engine in every way that the other tests rely on, and tells its folders. */
async function useDocker(): Promise<string[]> {
  await using hosts = await createHosts(['client1']);
  await using docker = await startDocker(hosts.host, { variant: 'nft' });
  await runServer(docker, 'web', ['tcp/80', 'udp/53'], '--publish', '8080:80', '--restart=always');
  await runIdle(docker, 'idle');
  const { client1, host } = addresses.ipv4;
  const published = () => connect(hosts.client1, host, 8080);
  expect(await published()).toBe(answer('web', 80, client1));
  const web = await addressOf(docker, 'web', 'bridge');
  const idle = await addressOf(docker, 'idle', 'bridge');
  const reply = await connectFrom(docker, 'idle', web, 53, { protocol: 'udp' });
  expect(reply).toBe(answer('web', 53, idle));
  await docker.restart();
  await untilReady(docker, 'web');
  expect(await published()).toBe(answer('web', 80, client1));
  return [docker.env.DOCKER_CONFIG?.replace(/client$/, '') ?? '', `/run/netns/${hosts.host.name}`];
}

function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(folder));
}

function mountsOf(folder: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));
}
