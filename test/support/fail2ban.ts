/** A real fail2ban in a network namespace, with one jail and Debian's own actions; it ends with the namespace. */
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { families, type Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { which } from './process.ts';
import { createWorkspace } from './workspace.ts';

/** Its jail; what is asked for is carried out in a moment. */
export interface Fail2ban extends Disposable {
  ban(address: string): Promise<void>;
  unban(address: string): Promise<void>;
}

/**
 * Starts fail2ban, and returns when its jail takes orders; its action makes chains at the first ban.
 *
 * @param action as in jail.conf: `iptables-allports[chain=DOCKER-USER]`
 */
export async function startFail2ban(
  host: Namespace,
  variant: Variant,
  action: string,
): Promise<Fail2ban> {
  const files = createWorkspace({
    'auth.log': '',
    'etc/filter.d/none.conf': '[Definition]\nfailregex = ^failure of <HOST>$\n',
  });
  cpSync('/etc/fail2ban/action.d', files.file('etc/action.d'), { recursive: true });
  files.write({ 'etc/fail2ban.conf': settings(files.path), 'etc/jail.conf': jail(files, action) });
  for (const family of families) {
    const name = family === 'ipv4' ? 'iptables' : 'ip6tables';
    files.link(`bin/${name}`, `${name}-${variant}`);
  }
  const env = { ...process.env, ...host.env, PATH: `${files.file('bin')}:${process.env.PATH}` };
  const paths = ['-c', files.file('etc'), '-s', files.file('socket'), '-p', files.file('pid')];
  const [program, args] = host.inside(which('fail2ban-server'), ...paths, '-f', 'start');
  const server = spawn(program, [...args], { env, stdio: 'ignore' });
  const client = (...words: string[]) => host.run('fail2ban-client', [...paths, ...words]);
  const mustClient = async (...words: string[]) => {
    const { code, stdout, stderr } = await client(...words);
    if (code !== 0) throw new Error(`fail2ban-client ${words.join(' ')}: ${stdout}${stderr}`);
  };
  const fail2ban: Fail2ban = {
    ban: (address) => mustClient('set', 'natmap', 'banip', address),
    unban: (address) => mustClient('set', 'natmap', 'unbanip', address),
    [Symbol.dispose]: () => {
      server.kill('SIGKILL');
      files[Symbol.dispose]();
    },
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await client('status', 'natmap')).code === 0) return fail2ban;
    await wait(100);
  }
  fail2ban[Symbol.dispose]();
  throw new Error('fail2ban does not start its jail');
}

function settings(folder: string): string {
  return `[Definition]
loglevel = INFO
allowipv6 = yes
logtarget = ${folder}/fail2ban.log
syslogsocket = auto
socket = ${folder}/socket
pidfile = ${folder}/pid
dbfile = None
dbmaxmatches = 10
dbpurgeage = 1d
`;
}

function jail(files: { file(name: string): string }, action: string): string {
  return `[Definition]
allowipv6 = yes
banaction_allports = none
[natmap]
enabled = true
filter = none
backend = polling
logpath = ${files.file('auth.log')}
bantime = 1h
findtime = 1h
maxretry = 5
action = ${action}
`;
}
