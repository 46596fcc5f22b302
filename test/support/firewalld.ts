/** A real firewalld in a network namespace, with a message bus of its own; both end with the namespace. */
import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Namespace } from './namespace.ts';
import { createWorkspace } from './workspace.ts';

/** Whether firewalld is here, and can drop what it did not forward itself (2.3 and later). */
export function firewalldReason(): string | null {
  try {
    return /^StrictForwardPorts=/m.test(readFileSync(configFile, 'utf8'))
      ? null
      : 'this firewalld has no StrictForwardPorts';
  } catch {
    return 'there is no firewalld';
  }
}

const configFile = '/etc/firewalld/firewalld.conf';

/** Starts firewalld with its usual settings but for these, and returns when its rules are loaded. */
export async function startFirewalld(
  host: Namespace,
  settings: Readonly<Record<string, string>>,
): Promise<AsyncDisposable> {
  const socket = (folder: string) => `unix:path=${folder}/bus`;
  const files = createWorkspace({});
  cpSync('/etc/firewalld', files.file('firewalld'), { recursive: true });
  const changed = Object.entries(settings).reduce(
    (text, [key, value]) => text.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${value}`),
    readFileSync(configFile, 'utf8'),
  );
  const address = socket(files.path);
  files.write({ 'firewalld/firewalld.conf': changed, 'bus.conf': busConfig(address) });
  const bus = ['dbus-daemon', `--config-file=${files.file('bus.conf')}`, '--nofork', '--nopidfile'];
  const firewalld = [
    'firewalld',
    '--nofork',
    '--nopid',
    `--system-config=${files.file('firewalld')}`,
  ];
  const children = [bus, firewalld].map(([command = '', ...args]) => {
    const [program, inside] = host.inside(command, ...args);
    const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: address };
    return spawn(program, [...inside], { env, stdio: 'ignore' });
  });
  const dispose = async () => {
    for (const child of children) child.kill('SIGKILL');
    files[Symbol.dispose]();
  };
  for (let attempt = 0; attempt < 300; attempt++) {
    const { stdout } = await host.run('nft', ['list', 'ruleset']);
    if (stdout.includes('filter_FORWARD_POLICIES')) return { [Symbol.asyncDispose]: dispose };
    await wait(100);
  }
  await dispose();
  throw new Error('firewalld does not load its rules');
}

function busConfig(address: string): string {
  return `<busconfig><type>system</type><listen>${address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
`;
}
