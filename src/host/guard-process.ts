// The guard's process, which outlives the natmap that starts it, and its terminal.
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { networkOfProcess } from './network-namespace.ts';
import { passedOn } from './program.ts';

/** The guard is deaf to SIGTERM; a machine that goes down must not wait for it as long as systemd does by default. */
const stopSeconds = 5;

/** The name of the transient unit, so that `systemctl status` and `journalctl -u` find it. */
const unit = 'natmap-guard';

/**
 * Starts `natmap ARGS` so that nothing that ends this session ends it too: as a transient unit where
 * systemd runs, as logind may kill what a session leaves behind (KillUserProcesses, logind.conf(5));
 * else in a session of its own (setsid(2)).
 *
 * @returns why it could not be started, or null
 */
export async function startGuard(script: string, args: readonly string[]): Promise<string | null> {
  // A single executable is its own script (scripts/binary.mjs).
  const own = script === process.execPath ? [script] : [process.execPath, script];
  const command = ['sh', '-c', deafToRealTime, ...own, ...args];
  if (!isSystemdOurs()) return startDetached(command);
  const environment = passedOn
    .filter((name) => process.env[name] !== undefined)
    .map((name) => `--setenv=${name}`);
  const options = [
    ...[`--unit=${unit}`, '--description=natmap waits to be confirmed'],
    ...['--collect', '--quiet', '--service-type=exec', `--property=TimeoutStopSec=${stopSeconds}`],
    ...environment,
  ];
  const { failed, stderr, shortMessage } = await execa(
    'systemd-run',
    [...options, '--', ...command],
    { reject: false, stdin: 'ignore', timeout: 30_000 },
  );
  return failed ? stderr.trim() || shortMessage || 'systemd-run failed' : null;
}

/**
 * The guard itself catches signals 1 to 31. Node knows no names for those of real time, which end a process
 * too; a program that is started with them ignored keeps ignoring them (sigaction(2), execve(2)).
 */
const deafToRealTime = `n=34
while [ $n -le 64 ]; do command trap '' $n 2>/dev/null || :; n=$((n + 1)); done
exec "$0" "$@"`;

/** A unit of systemd's would work in its network namespace, which need not be ours. */
function isSystemdOurs(): boolean {
  return existsSync('/run/systemd/system') && networkOfProcess('self') === networkOfProcess('1');
}

function startDetached([program = '', ...args]: readonly string[]): string | null {
  const child = execa(program, args, {
    detached: true,
    cleanup: false,
    reject: false,
    stdio: 'ignore',
    cwd: '/',
  });
  child.unref();
  return child.pid === undefined ? `${program} cannot be started` : null;
}
