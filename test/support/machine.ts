/**
 * A machine with systemd as its first process, and a real boot and a real end: this host's programs
 * under an overlay of the test's own, without any unit enabled, without a network but `lo`, and with
 * empty tables at each boot. What is written to /etc, /usr, /var and /root stays from boot to boot.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { firstChild } from './cell.ts';
import { removeCgroup, sweepCgroups } from './cgroup.ts';
import { prefix, removal } from './cleanup.ts';
import { mustRun, type Result, type RunOptions, run, which } from './process.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** The machine, switched off at first. */
export interface Machine extends AsyncDisposable {
  /** Its disk, and a place for files: `root/root` is /root in it. */
  readonly files: Workspace;
  /** Starts systemd, and waits until it has started everything. */
  boot(): Promise<void>;
  /** Stops everything as `systemctl poweroff` does. */
  shutDown(): Promise<void>;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Result>;
  mustRun(command: string, ...args: readonly string[]): Promise<string>;
}

/** Prepares the mounts of a boot and becomes systemd; the argument is the folder of the machine. */
const bootScript = `
set -eu
cd "$1"
mkdir -p root
# The sandboxes of services want a root that is mounted.
mount --bind root root
mkdir -p root/usr root/etc root/var root/root root/tmp root/run root/dev root/proc root/sys
for link in bin sbin lib lib64; do ln -sfn "usr/$link" "root/$link"; done
for part in usr etc var; do
  mkdir -p "upper/$part" "work/$part"
  mount -t overlay -o "lowerdir=/$part,upperdir=$PWD/upper/$part,workdir=$PWD/work/$part" overlay "root/$part"
done
mkdir -p root/var/lib/docker
for folder in tmp run dev var/lib/docker; do mount -t tmpfs -o mode=755 tmpfs "root/$folder"; done
chmod 1777 root/tmp
mount -t proc proc root/proc
mount -t sysfs sysfs root/sys
mount -t cgroup2 cgroup2 root/sys/fs/cgroup
for device in null zero full random urandom tty; do
  touch "root/dev/$device"
  mount --bind "/dev/$device" "root/dev/$device"
done
mkdir root/dev/pts root/dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts root/dev/pts
ln -s pts/ptmx root/dev/ptmx
ln -s /proc/self/fd root/dev/fd
if [ ! -e root/root/is-made ]; then
  rm -rf root/etc/systemd/system root/etc/natmap root/usr/sbin/policy-rc.d root/var/lib/natmap root/var/log/journal
  mkdir root/etc/systemd/system
  # The kernel is the host's; in trixie without kmod this unit fails at a link to a file that is missing.
  ln -s /dev/null root/etc/systemd/system/systemd-modules-load.service
  : >root/etc/machine-id
  : >root/etc/fstab
  touch root/root/is-made
fi
exec chroot root env -i container=natmap-test PATH=/usr/sbin:/usr/bin /usr/lib/systemd/systemd
`;

let made = 0;

export function createMachine(): Machine {
  if (made === 0) sweepCgroups();
  made += 1;
  const cgroup = `${prefix}${process.pid}-machine-${made}`;
  const files = createWorkspace();
  let running: Running | null = null;
  const remove = removal(() => {
    running?.kill();
    removeCgroup(cgroup);
    files[Symbol.dispose]();
  });
  const machine: Machine = {
    files,
    boot: async () => {
      running = await start(files, cgroup);
      await untilAnswering(running, files);
      await machine.run('systemctl', ['is-system-running', '--wait']);
    },
    shutDown: async () => {
      // The answer may not come any more.
      await machine.run('systemctl', ['poweroff']);
      await running?.ended;
      running = null;
    },
    run: (command, args, options) => {
      if (running === null) throw new Error('the machine is switched off');
      return run(which('nsenter'), [...running.enter, command, ...args], options);
    },
    mustRun: async (command, ...args) => {
      if (running === null) throw new Error('the machine is switched off');
      return mustRun(which('nsenter'), [...running.enter, command, ...args]);
    },
    [Symbol.asyncDispose]: async () => remove(),
  };
  return machine;
}

/** The namespaces that are the machine's own. */
const isolation = ['--net', '--mount', '--pid', '--uts', '--ipc', '--cgroup'];

interface Running {
  readonly enter: readonly string[];
  readonly ended: Promise<unknown>;
  kill(): void;
}

async function start(files: Workspace, cgroup: string): Promise<Running> {
  const log = files.file('console.log');
  const output = openSync(log, 'a');
  const group = join(unifiedHierarchy(), cgroup);
  mkdirSync(group, { recursive: true });
  // It ends with the tests, whatever these end by.
  const child = spawn(
    which('setpriv'),
    [
      ...['--pdeathsig=KILL', 'sh', '-c', `echo 0 >${group}/cgroup.procs; exec unshare "$@"`, 'sh'],
      ...[...isolation, '--fork', '--kill-child', 'sh', '-c', bootScript, 'sh', files.path],
    ],
    { stdio: ['ignore', output, output], detached: true },
  );
  closeSync(output);
  const ended = once(child, 'exit');
  child.unref();
  const first = await firstChild(child.pid ?? 0, log).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const enter = [`--target=${first}`, ...isolation, '--root', '--wd'];
  const environment = ['env', '-i', 'PATH=/usr/sbin:/usr/bin', 'HOME=/root', 'LC_ALL=C'];
  return {
    enter: [...enter, '--', ...environment],
    ended,
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(first, 'SIGKILL');
    },
  };
}

/**
 * The hierarchy of cgroup v2 in which the machine has a group of its own, and takes it for the root: the
 * only one that systemd accepts from version 258 on. Where this host has those of v1, it stands beside them.
 */
function unifiedHierarchy(): string {
  const places = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
  const found = places.find((path) => existsSync(join(path, 'cgroup.procs')));
  if (found === undefined) throw new Error(`no cgroup2 is mounted at ${places.join(' or ')}`);
  return found;
}

async function untilAnswering({ enter }: Running, files: Workspace): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const systemctl = [...enter, 'systemctl', 'show', '--property=Version'];
    const { status } = spawnSync(which('nsenter'), systemctl);
    if (status === 0) return;
    await wait(50);
  }
  throw new Error(`systemd does not answer:\n${readFileSync(files.file('console.log'), 'utf8')}`);
}
