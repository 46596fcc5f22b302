/**
 * natmap snapshot and --docker live against real containers: the three ways to give containers mean
 * the same, and nothing of what they keep secret is seen anywhere.
 */
import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDockerHost } from '../support/docker-host.ts';
import { addressOf, image } from '../support/engine.ts';
import { engineReason } from '../support/kernel.ts';
import { natmapPath, readableNatmap } from '../support/natmap.ts';

const rules = `
docker:
  - {container: web, ports: ["8080:80"]}
  - {container: api, network: front, ports: ["8090:80"]}
  - {container: db, ports: ["8100:80", "8053:53/udp"]}
  - {container: shop/vault, ports: ["8200-8203:8200-8203"]}
`;

const secret = 'hunter2-SECRET';

describe.skipIf(engineReason())('with real containers', () => {
  const given = useDockerHost({ variant: 'nft' });

  const run = (...args: readonly string[]) => {
    const { hosts, docker } = given.current;
    return hosts.host.run(process.execPath, [natmapPath, ...args], { env: docker.env });
  };
  const snapshot = async (...flags: readonly string[]) => {
    const { code, stdout, stderr } = await run('snapshot', ...flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    const { docker, files } = given.current;
    files.write({ 'rules.d/rules.yaml': rules });
    files.folder(`${secret}-mount`);
    await docker.client(
      ...['run', '--detach', '--name', 'vault', '--stop-signal', 'KILL'],
      ...['--publish', '8300:8200', '--publish', '9000-9001:9000-9001', '--publish', '53/udp'],
      ...['--label', 'com.docker.compose.project=shop', '--label', 'natmap.ports=8200'],
      ...['--label', 'com.docker.compose.service=vault', '--label', 'env=prod'],
      ...['--label', `token=${secret}`, '--label', `${secret}=yes`, '--env', `PASSWORD=${secret}`],
      ...['--volume', `${files.file(`${secret}-mount`)}:/run/${secret}:ro`],
      ...['--hostname', secret, '--health-cmd', `check ${secret}`],
      ...[image, 'sh', '-c', `sleep 100000 # ${secret}`, secret],
    );
  });

  test('a snapshot tells the engine, the containers, their labels and their networks', async () => {
    const { docker } = given.current;
    const { engine, containers, networks } = JSON.parse(await snapshot('--label', 'env'));
    expect(engine).toEqual({
      kind: 'docker',
      version: await docker.client('version', '--format', '{{.Server.Version}}'),
      rootless: false,
      // Docker tells it since version 28.
      firewall: expect.toSatisfy((firewall) => [null, 'iptables'].includes(firewall)),
      makesRules: true,
    });
    const vault = containers.find(({ name }: { name: string }) => name === 'vault');
    expect(vault.labels).toEqual({
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'vault',
      env: 'prod',
      'natmap.ports': '8200',
    });
    const db = containers.find(({ name }: { name: string }) => name === 'db');
    expect(db.attachments).toEqual([
      {
        network: 'six',
        ipv4: await addressOf(docker, 'db', 'six'),
        ipv6: await addressOf(docker, 'db', 'six', 'GlobalIPv6Address'),
        gwPriority: 0,
      },
    ]);
    const names = networks.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['back', 'bridge', 'front', 'host', 'none', 'six']);
  });

  test('its bridges are interfaces of the host', async () => {
    const { networks } = JSON.parse(await snapshot());
    for (const { driver, bridge, name } of networks) {
      if (driver !== 'bridge') continue;
      const links = await given.current.hosts.host.mustRun('ip', ['-oneline', 'link']);
      expect(links, name).toContain(` ${bridge}: `);
    }
  });

  test('the same state gives the same snapshot', async () => {
    expect(await snapshot()).toBe(await snapshot());
  });

  test('live, a saved snapshot and docker inspect of all give the same rules', async () => {
    const { docker, files } = given.current;
    const ids = (await docker.client('ps', '--all', '--quiet')).split('\n');
    const networks = (await docker.client('network', 'ls', '--quiet')).split('\n');
    files.write({
      'saved.json': await snapshot(),
      'containers.json': await docker.client('inspect', ...ids),
      'both.json': await docker.client('inspect', ...ids, ...networks),
    });
    const rendered = (source: string) =>
      run('render', '--rules', files.file('rules.d'), '--docker', source);
    const render = async (source: string) => {
      const result = await rendered(source);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      return result.stdout;
    };
    const live = await render('live');
    expect(live).toContain('natmap:docker:vault:8200-8203/tcp');
    for (const file of ['saved.json', 'both.json']) {
      expect(await render(files.file(file)), file).toBe(live);
    }
    const { code, stderr } = await rendered(files.file('containers.json'));
    expect(code).toBe(2);
    expect(stderr).toContain('the snapshot does not hold network front');
    expect(stderr).toContain('docker network inspect front');
  });

  test('containers that come and go meanwhile are there or not, and never an error', async () => {
    const { docker } = given.current;
    let isOver = false;
    const restless = (async () => {
      for (let n = 0; !isOver; n++) {
        await docker.client('create', '--name', `fly-${n % 3}`, image, 'true');
        await docker.client('rm', `fly-${n % 3}`);
      }
    })();
    try {
      for (let n = 0; n < 20; n++) {
        const { containers } = JSON.parse(await snapshot());
        const names = containers.map(({ name }: { name: string }) => name);
        expect(names).toEqual(expect.arrayContaining(['api', 'db', 'vault', 'web']));
      }
    } finally {
      isOver = true;
      await restless;
    }
  });

  describe('an engine that cannot be asked is reported, with what to do', () => {
    test.each([
      [
        'that does not run',
        'DOCKER_HOST=unix:///nowhere/docker.sock',
        /^error: the engine does not answer: .*\n {4}hint: start it/,
      ],
      [
        'on another machine',
        'DOCKER_HOST=tcp://192.0.2.1:2375',
        /^error: the client speaks to tcp:.*\n {4}hint: run natmap on that machine/,
      ],
      [
        'behind ssh',
        'DOCKER_HOST=ssh://nobody@192.0.2.1',
        /^error: the client speaks to ssh:.*\n {4}hint: run natmap on that machine/,
      ],
      [
        'of an unknown context',
        'DOCKER_CONTEXT=nowhere',
        /^error: docker .* failed: .*context "nowhere"/,
      ],
    ])('%s', async (_, setting, said) => {
      const { hosts, docker } = given.current;
      const args = ['-u', 'DOCKER_HOST', setting, process.execPath, natmapPath, 'snapshot'];
      const { code, stdout, stderr } = await hosts.host.run('env', args, { env: docker.env });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(said);
    });

    test('that this user may not ask', async () => {
      const { hosts, docker } = given.current;
      const become = ['--reuid=12345', '--regid=12345', '--clear-groups', '--', process.execPath];
      const result = await hosts.host.run('setpriv', [...become, readableNatmap(), 'snapshot'], {
        env: docker.env,
        cwd: tmpdir(),
      });
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toMatch(/^error: docker was denied .*\n {4}hint: run natmap as root/);
    });
  });

  describe('no secret is in', () => {
    const sources = {
      live: null,
      'inspect.json': (text: string) => text,
      'cut off.json': (text: string) => text.slice(0, text.indexOf(secret) + 5),
      'not JSON.json': (text: string) => text.replaceAll('"', "'"),
      'one line, no state.json': (text: string) =>
        JSON.stringify(JSON.parse(text)).replace('"State":{', '"Other":{'),
      'one fault.json': (text: string) => text.replace('"Name": "/vault"', '"Name": 5'),
    } as const;

    test.each(Object.entries(sources))('what is written and said of %s', async (name, edit) => {
      const { docker, files, hosts } = given.current;
      const inspected = await docker.client('inspect', 'vault', 'web', 'api', 'db');
      expect(inspected.split(secret).length).toBeGreaterThan(8);
      if (edit !== null) files.write({ [name]: edit(inspected) });
      const source = edit === null ? name : files.file(name);
      const said = [];
      for (const command of ['render', 'check', 'diff', 'apply', 'status', 'history']) {
        const inputs = ['--rules', files.file('rules.d'), '--docker', source];
        const { stdout, stderr } = await run(command, ...(command === 'history' ? [] : inputs));
        said.push(stdout, stderr);
      }
      expect(said.join('').length).toBeGreaterThan(100);
      expect(said.join('')).not.toMatch(/hunter2|SECRET/);
      const kept = await hosts.host.run('grep', ['-rl', 'hunter2', hosts.host.directory]);
      expect(kept).toMatchObject({ code: 1, stdout: '' });
    });

    test('a snapshot with a label that was asked for', async () => {
      expect(await snapshot('--label', 'env')).not.toMatch(/hunter2|SECRET/);
    });
  });
});
