// The package on a machine with systemd: real boots, real restarts of a real Docker. What the units
// run is tested on every kind of tables in test/kernel/boot.test.ts.
import { copyFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { engineReason } from '../support/kernel.ts';
import { createMachine, type Machine } from '../support/machine.ts';
import { repository } from '../support/natmap.ts';
import { mustRun, which } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const web = 'dnat:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 80}\n';
const mail = 'dnat:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}\n';
const broken = 'dnat:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 70000}\n';
const container = 'docker:\n  - {container: web, ports: ["8080:80"]}\n';

describe.skipIf(engineReason() || isAbsent('dpkg-deb', 'systemctl'))('on a machine', () => {
  let packages: Workspace;

  beforeAll(async () => {
    packages = createWorkspace();
    await mustRun('bash', [`${repository}scripts/deb.sh`, packages.path]);
    return () => packages[Symbol.dispose]();
  });

  /** A running machine with the package, both units enabled, and these files. */
  async function installed(files: Readonly<Record<string, string>>): Promise<Machine> {
    const machine = createMachine();
    const [deb = ''] = (await mustRun('ls', [packages.path])).split('\n');
    await machine.boot();
    copyFileSync(packages.file(deb), machine.files.file('root/root/natmap.deb'));
    await dpkg(machine, '--install', '--force-depends', '/root/natmap.deb');
    for (const [path, content] of Object.entries(files)) await write(machine, path, content);
    await machine.mustRun('systemctl', 'enable', 'natmap', 'natmap-early');
    return machine;
  }

  test('a boot brings back what was applied last before the network, and applies rules.d after it', async () => {
    await using machine = await installed({ [rulesFile]: web });
    await machine.mustRun('systemctl', 'start', 'natmap');
    await write(machine, rulesFile, mail);
    await reboot(machine);
    expect(await journalOf(machine, 'natmap-early')).toContain(
      'loaded /var/lib/natmap/last-good.v4',
    );
    expect(await journalOf(machine, 'natmap')).toContain('2 rules added, 2 removed');
    const [early, network, late] = await Promise.all(
      ['natmap-early.service', 'network-pre.target', 'natmap.service'].map((unit) =>
        activeSince(machine, unit),
      ),
    );
    expect(early).toBeLessThanOrEqual(network ?? 0);
    expect(network).toBeLessThan(late ?? 0);
    await reboot(machine);
    expect(await journalOf(machine, 'natmap')).toContain('nothing to do');
    expect(await dnatPorts(machine)).toEqual(['25']);
  });

  test('with a fault in rules.d the rules of before are there, and the machine says that it is degraded', async () => {
    await using machine = await installed({ [rulesFile]: web });
    await machine.mustRun('systemctl', 'start', 'natmap');
    await write(machine, rulesFile, broken);
    expect(await machine.run('systemctl', ['reload', 'natmap'])).toMatchObject({ code: 1 });
    expect(await stateOf(machine, 'natmap')).toBe('active');
    await reboot(machine);
    expect(await stateOf(machine, 'natmap')).toBe('failed');
    expect((await machine.run('systemctl', ['is-system-running'])).stdout).toBe('degraded\n');
    expect(await journalOf(machine, 'natmap')).toContain('10-test.yaml:2:55: error: port 70000');
    expect(await dnatPorts(machine)).toEqual(['80']);
  });

  test('Docker may come late, stop, start, restart and be killed: then the rules are applied again', async () => {
    await using machine = await installed({
      [rulesFile]: web + container,
      '/etc/default/natmap': 'NATMAP_FLAGS="--docker live"\n',
    });
    expect(await machine.run('systemctl', ['start', 'natmap'])).toMatchObject({ code: 1 });
    expect(await journalOf(machine, 'natmap')).toContain('the engine does not answer');
    await startDocker(machine);
    expect(await settledState(machine)).toBe('failed');
    await runContainer(machine);
    for (const action of ['restart', 'stop', 'start', 'kill --signal=KILL'] as const) {
      const before = await runOf(machine);
      // Docker's unit may not be started more often than thrice a minute.
      await machine.mustRun('systemctl', 'reset-failed', 'docker');
      await machine.mustRun('systemctl', ...action.split(' '), 'docker');
      if (action === 'stop') continue;
      await untilOtherRun(machine, before);
      expect(await settledState(machine)).toBe('active');
      const status = ['status', '--docker', 'live'];
      expect(await machine.run('natmap', status)).toMatchObject({ code: 0 });
    }
    expect(await dnatPorts(machine)).toEqual(['80', '8080', '8080']);
  });

  test('podman can be asked too, which has no daemon', async () => {
    await using machine = await installed({
      [rulesFile]: web,
      '/etc/default/natmap': 'NATMAP_FLAGS="--docker live --docker-command podman"\n',
      '/etc/containers/storage.conf': storage,
    });
    await machine.mustRun('systemctl', 'start', 'natmap');
    expect(await dnatPorts(machine)).toEqual(['80']);
  });

  test('a stop leaves the rules, unless it is asked for and they are needed no more', async () => {
    await using machine = await installed({ [rulesFile]: web });
    await machine.mustRun('systemctl', 'restart', 'natmap');
    await machine.mustRun('systemctl', 'stop', 'natmap');
    expect(await dnatPorts(machine)).toEqual(['80']);
    await write(machine, '/etc/default/natmap', 'NATMAP_FLUSH_ON_STOP=1\n');
    await startDocker(machine);
    expect(await settledState(machine)).toBe('active');
    // Without a moment in which there are no rules: nothing was removed, and nothing has to be done.
    await machine.mustRun('systemctl', 'restart', 'natmap');
    expect(await journalOf(machine, 'natmap')).toMatch(/this is a restart\n(.*\n)*nothing to do/);
    await machine.mustRun('systemctl', 'stop', 'docker.socket', 'docker');
    expect(await stateOf(machine, 'natmap')).toBe('inactive');
    expect(await dnatPorts(machine)).toEqual(['80']);
    await machine.mustRun('systemctl', 'start', 'natmap');
    await reboot(machine);
    expect(await journalOf(machine, 'natmap-early')).toContain(
      'loaded /var/lib/natmap/last-good.v4',
    );
    await machine.mustRun('systemctl', 'stop', 'natmap');
    expect(await dnatPorts(machine)).toEqual([]);
  });

  test('what nobody confirms goes back by a unit of its own, which says so in the journal', async () => {
    await using machine = await installed({ [rulesFile]: web, '/root/rules.d/mail.yaml': mail });
    await machine.mustRun('systemctl', 'start', 'natmap');
    const apply = ['apply', '--rules', '/root/rules.d', '--confirm', '3'];
    await machine.mustRun('natmap', ...apply);
    expect(await dnatPorts(machine)).toEqual(['25']);
    expect(await stateOf(machine, 'natmap-guard')).toBe('active');
    while ((await stateOf(machine, 'natmap-guard')) === 'active') await wait(100);
    expect(await dnatPorts(machine)).toEqual(['80']);
    expect(await journalOf(machine, 'natmap-guard')).toContain('nobody confirmed in time');
    await machine.mustRun('natmap', ...apply.slice(0, -1), '60');
    await machine.mustRun('natmap', 'confirm');
    while ((await stateOf(machine, 'natmap-guard')) === 'active') await wait(100);
    expect(await dnatPorts(machine)).toEqual(['25']);
  });

  test('a machine that goes down does not wait for a confirmation', async () => {
    await using machine = await installed({ [rulesFile]: web });
    await machine.mustRun('natmap', 'apply', '--confirm', '600', '--rules', '/etc/natmap/rules.d');
    const from = performance.now();
    await machine.shutDown();
    expect(performance.now() - from).toBeLessThan(45_000);
  });

  test('an upgrade keeps the rules, the settings, the record and what is enabled, and a removal all but the last', async () => {
    await using machine = await installed({ [rulesFile]: web });
    const script =
      'dpkg-deb --raw-extract /root/natmap.deb new && sed -i "s/^Version: .*/&+newer/" new/DEBIAN/control && dpkg-deb --root-owner-group -Znone --build new newer.deb';
    await machine.mustRun('sh', '-euc', `cd /root && ${script}`);
    await machine.mustRun('systemctl', 'start', 'natmap');
    await write(machine, '/etc/default/natmap', 'NATMAP_FLAGS="--family ipv4"\n');
    const kept = async () => [
      await machine.mustRun('cat', rulesFile, '/etc/default/natmap'),
      await machine.mustRun('sh', '-c', 'cd /var/lib/natmap && find . -type f | sort | xargs cat'),
      await dnatPorts(machine),
      (await machine.run('systemctl', ['is-enabled', 'natmap', 'natmap-early'])).stdout,
    ];
    const before = await kept();
    const install = ['--install', '--force-depends', '--force-confold', '/root/newer.deb'];
    await dpkg(machine, ...install);
    expect(await kept()).toEqual(before);
    await reboot(machine);
    expect(await journalOf(machine, 'natmap')).toContain('nothing to do');
    expect(await dnatPorts(machine)).toEqual(['80']);
    // The record names the boot that it is of.
    const later = (await kept()).slice(0, 3);
    await dpkg(machine, '--remove', 'natmap');
    expect((await kept()).slice(0, 3)).toEqual(later);
    await dpkg(machine, ...install);
    expect((await kept()).slice(0, 3)).toEqual(later);
    expect(await machine.run('natmap', ['status'])).toMatchObject({ code: 0 });
  });

  test('purged, nothing is enabled any more and no file is left, but the rules stay until the next boot', async () => {
    await using machine = await installed({ [rulesFile]: web });
    await machine.mustRun('systemctl', 'start', 'natmap');
    await dpkg(machine, '--purge', 'natmap');
    expect(await dnatPorts(machine)).toEqual(['80']);
    const places = ['/etc', '/usr', '/var/lib'];
    const found = await machine.mustRun(
      'find',
      ...places,
      '-path',
      '/var/lib/dpkg',
      '-prune',
      '-o',
      '-name',
      '*natmap*',
      '-print',
    );
    // Of the folder of rules, what was written there.
    expect(found).toBe('/etc/natmap\n');
    await reboot(machine);
    expect(await dnatPorts(machine)).toEqual([]);
    const failed = ['list-units', '--failed', '--plain', '--no-legend'];
    expect(await machine.mustRun('systemctl', ...failed)).toBe('');
  });
});

const rulesFile = '/etc/natmap/rules.d/10-test.yaml';

const storage = `[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
`;

async function write(machine: Machine, path: string, content: string): Promise<void> {
  const script = 'mkdir -p "$(dirname "$1")" && cat >"$1"';
  const result = await machine.run('sh', ['-c', script, 'sh', path], { input: content });
  expect(result).toMatchObject({ code: 0 });
}

async function reboot(machine: Machine): Promise<void> {
  await machine.shutDown();
  await machine.boot();
}

/** Without what others do at the end, such as the index of all manual pages. */
async function dpkg(machine: Machine, ...args: readonly string[]): Promise<void> {
  await machine.mustRun('dpkg', '--no-triggers', ...args);
}

/** What the unit said since the boot. */
function journalOf(machine: Machine, unit: string): Promise<string> {
  return machine.mustRun('journalctl', '--boot', '--no-pager', '--output=cat', `--unit=${unit}`);
}

async function stateOf(machine: Machine, unit: string): Promise<string> {
  return (await machine.run('systemctl', ['is-active', unit])).stdout.trim();
}

async function propertyOf(machine: Machine, unit: string, name: string): Promise<string> {
  return (await machine.mustRun('systemctl', 'show', '--value', `--property=${name}`, unit)).trim();
}

/** Microseconds since the boot. */
async function activeSince(machine: Machine, unit: string): Promise<number> {
  return Number(await propertyOf(machine, unit, 'ActiveEnterTimestampMonotonic'));
}

/** What becomes of natmap.service, which Docker starts when it has started itself. */
async function settledState(machine: Machine): Promise<string> {
  for (;;) {
    const state = await stateOf(machine, 'natmap');
    if (state !== 'activating' && state !== 'deactivating') return state;
    await wait(50);
  }
}

/** Names the last start of natmap.service. */
function runOf(machine: Machine): Promise<string> {
  return propertyOf(machine, 'natmap', 'InvocationID');
}

async function untilOtherRun(machine: Machine, before: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await runOf(machine)) !== before) return;
    await wait(50);
  }
  throw new Error(`natmap.service was not run again:\n${await journalOf(machine, 'natmap')}`);
}

/** The ports that our rules of the nat table redirect, IPv4. */
async function dnatPorts(machine: Machine): Promise<string[]> {
  const saved = await machine.mustRun('iptables-save', '-t', 'nat');
  return [...saved.matchAll(/^-A NATMAP.* --dport (\d+).* -j DNAT/gm)].map(([, port = '']) => port);
}

/** The distribution's own unit, whose containers are where the machine's groups end. */
async function startDocker(machine: Machine): Promise<void> {
  await write(machine, '/etc/docker/daemon.json', '{"storage-driver": "vfs"}');
  await machine.mustRun('systemctl', 'start', 'docker');
}

async function runContainer(machine: Machine): Promise<void> {
  const busybox = which('busybox');
  const script =
    'mkdir -p /root/image/bin && cp "$1" /root/image/bin/busybox && tar -C /root/image -c . | docker import - test';
  await machine.mustRun('sh', '-c', script, 'sh', busybox);
  const args = ['run', '--detach', '--restart=always', '--stop-signal=KILL', '--name=web', 'test'];
  await machine.mustRun('docker', ...args, '/bin/busybox', 'sleep', '100000');
}
