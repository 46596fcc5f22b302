/**
 * What doctor finds beside rules and settings: processes, files, what it may not read, and names that
 * somebody chose to do harm with.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasUnseen } from '../../../src/diagnostic/visible.ts';
import { dockerInspect } from '../../support/docker.ts';
import { codesFound, diagnose, findingOf, fix } from '../../support/doctor.ts';
import { save } from '../../support/iptables.ts';
import { kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmap } from '../../support/natmap.ts';
import { createWorkspace, type Workspace } from '../../support/workspace.ts';

const dnat = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "25,2222"}]\n';
const nobody = 65534;

function rulesOf(text: string, more: Readonly<Record<string, string>> = {}): Workspace {
  return createWorkspace({ 'rules.d/10-rules.yaml': text, ...more });
}

/** A host that forwards, with these rules applied. */
async function host(files: Workspace): Promise<Namespace> {
  const ns = await createNamespace();
  await ns.sysctl('net.ipv4.ip_forward', 1);
  await ns.sysctl('net.ipv6.conf.all.forwarding', 1);
  await mustNatmap(ns, 'nft', ['apply', ...inputs(files)]);
  return ns;
}

function inputs(files: Workspace): string[] {
  return ['--rules', files.file('rules.d')];
}

/** A process that listens, under a name of its own, until its namespace goes. */
async function listen(ns: Namespace, name: string, address: string, port: number): Promise<number> {
  const program = `process.title = ${JSON.stringify(name)};
    require('net').createServer().listen(${port}, '${address}', () => console.log('ready'));`;
  const [command, args] = ns.inside(process.execPath, '-e', program);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.unref();
  child.stdout.destroy();
  return child.pid ?? 0;
}

describe.skipIf(kernelReason())('doctor on a real host', () => {
  test('a process on a mapped port is named, and gone when it has ended', async () => {
    using files = rulesOf(dnat);
    await using ns = await host(files);
    const id = await listen(ns, 'postfix', '0.0.0.0', 25);
    const { message, mappings } = findingOf(
      await diagnose(ns, 'nft', inputs(files)),
      'local-listener',
    );
    expect(message).toBe(
      `postfix (process ${id}) listens on 0.0.0.0:25/tcp, which a mapping takes`,
    );
    expect(mappings.map(({ mapping }) => mapping)).toEqual(['203.0.113.43:25/tcp → 10.0.0.101']);
    await fix(ns, { commands: [`kill ${id}`] });
    await expect.poll(() => codesFound(ns, 'nft', inputs(files))).toEqual([]);
  });

  test('the name of a process does not draw on the terminal', async () => {
    using files = rulesOf(dnat);
    await using ns = await host(files);
    await listen(ns, '\u001b[31m\u001b]0;x\u0007', '0.0.0.0', 2222);
    const { stdout, stderr } = await natmap(ns, 'nft', ['doctor', ...inputs(files)]);
    expect(stdout).toContain('\\u001b[31m');
    expect([...stdout.split('\n'), ...stderr.split('\n')].some(hasUnseen)).toBe(false);
  });

  test('the name of an interface neither draws nor gets into the shell', async () => {
    const device = "a'$(id)\u001b[1m";
    using files = rulesOf(
      'docker: [{target_ip: 172.18.0.2, name: web, ports: ["127.0.0.1:8080:80"]}]\n',
    );
    await using ns = await host(files);
    await ns.mustRun('ip', ['link', 'add', device, 'type', 'bridge']);
    await ns.mustRun('ip', ['addr', 'add', '172.18.0.1/16', 'dev', device]);
    await ns.mustRun('ip', ['link', 'set', device, 'up']);
    const { stdout } = await natmap(ns, 'nft', ['doctor', ...inputs(files)]);
    expect(stdout.split('\n').some(hasUnseen)).toBe(false);
    const found = await diagnose(ns, 'nft', inputs(files));
    expect(found.findings.map(({ code }) => code)).toEqual(['route-localnet']);
    await fix(ns, findingOf(found, 'route-localnet'));
    expect(await codesFound(ns, 'nft', inputs(files))).toEqual([]);
  });

  test.each(variants)(
    'rules saved with those of %s lose chains of Docker and natmap, and load',
    async (variant) => {
      using files = rulesOf(dnat);
      await using ns = await host(files);
      await mustNatmap(ns, variant, ['apply', ...inputs(files)]);
      for (const rule of [
        '-N DOCKER',
        '-A FORWARD -o docker0 -j DOCKER',
        '-A DOCKER-USER -s 192.0.2.1 -j DROP',
        '-A INPUT -s 192.0.2.2 -m comment --comment DOCKER-or-NATMAP -j ACCEPT',
      ]) {
        await ns.mustRun(`iptables-${variant}`, ['-w', ...rule.split(' ')]);
      }
      const etc = await ownEtc(ns, files, { 'rules.v4': await save(ns, variant, 'ipv4') });
      const found = await diagnose(etc, variant, inputs(files));
      await fix(etc, findingOf(found, 'saved-rules'));
      expect(await codesFound(etc, variant, inputs(files))).not.toContain('saved-rules');
      const saved = readFileSync(files.file('etc/iptables/rules.v4'), 'utf8');
      expect(saved).not.toMatch(/^:(NATMAP|DOCKER )|-j (NATMAP|DOCKER)$/m);
      expect(saved).toContain('-A DOCKER-USER -s 192.0.2.1/32 -j DROP');
      expect(saved).toContain('--comment DOCKER-or-NATMAP -j ACCEPT');
      await using empty = await createNamespace();
      await empty.mustRun(`iptables-${variant}-restore`, ['--counters'], { input: saved });
    },
  );

  test('a mapping on ::1 becomes one on 127.0.0.1', async () => {
    const text =
      'docker:\n  - {target_ip: "2001:db8:18::2", name: dns, ports: ["[::1]:53:53/udp"]}\n';
    using files = rulesOf(text);
    await using ns = await host(files);
    const found = await diagnose(ns, 'nft', inputs(files));
    await fix(ns, findingOf(found, 'loopback-ipv6'));
    expect(readFileSync(files.file('rules.d/10-rules.yaml'), 'utf8')).toBe(
      text.replace('[::1]', '127.0.0.1'),
    );
  });

  test.each([
    ['engine-rootless', { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] }],
    ['engine-nftables', { FirewallBackend: { Driver: 'nftables' } }],
  ])('what the engine says of itself is %s', async (code, info) => {
    using files = rulesOf('docker: [{container: web, ports: ["203.0.113.43:8080:80"]}]\n', {
      'docker.json': dockerInspect({ name: 'web', networks: { bridge: { ipv4: '172.17.0.2' } } }),
      'info.json': JSON.stringify({ ServerVersion: '29.0.0', ...info }),
    });
    files.write({ docker: clientScript(files) });
    chmodSync(files.file('docker'), 0o755);
    await using ns = await createNamespace();
    const snapshot = ['--docker', files.file('docker.json')];
    const client = ['--docker-command', files.file('docker')];
    const found = await diagnose(ns, 'nft', [...inputs(files), ...snapshot, ...client]);
    expect(findingOf(found, code).mappings.map(({ mapping }) => mapping)).toEqual([
      'web: 203.0.113.43:8080/tcp → 172.17.0.2:80',
    ]);
  });

  test('an engine that does not answer is reported', async () => {
    using files = rulesOf(dnat, { 'docker.json': '[]' });
    await using ns = await host(files);
    const snapshot = ['--docker', files.file('docker.json')];
    const env = { DOCKER_HOST: `unix://${files.file('nothing.sock')}` };
    const found = await diagnose(ns, 'nft', [...inputs(files), ...snapshot], { env });
    expect(found).toMatchObject({ code: 0, findings: [] });
    expect(found.unread).toEqual([
      {
        what: 'the container engine and its containers',
        reason: expect.stringContaining('the engine does not answer'),
      },
    ]);
  });

  test('without root, each thing that it may not read is reported, and the rest is examined', async () => {
    using files = rulesOf(dnat);
    await using ns = await host(files);
    await ns.sysctl('net.ipv4.ip_forward', 0);
    await listen(ns, 'postfix', '0.0.0.0', 25);
    const found = await diagnose(ns, 'nft', inputs(files), { user: nobody });
    expect(found.code).toBe(1);
    expect(found.findings.map(({ message }) => message)).toEqual([
      'IPv4 forwarding is off',
      'a process that may not be seen listens on 0.0.0.0:25/tcp, which a mapping takes',
    ]);
    expect(found.unread.map(({ what }) => what)).toEqual([
      'the live IPv4 rules',
      'the live IPv6 rules',
      "the other backend's IPv4 rules",
      "the other backend's IPv6 rules",
      'the rules of nftables',
      'whether IPv4 tables are dormant or owned',
      'whether IPv6 tables are dormant or owned',
    ]);
    const { stdout } = await natmap(ns, 'nft', ['doctor', ...inputs(files)], { user: nobody });
    expect(stdout).toMatch(/^not examined: the live IPv4 rules: .*Permission denied/m);
  });

  test('rules that root saved are examined without root', async () => {
    using files = rulesOf(dnat);
    await using ns = await host(files);
    await ns.mustRun('iptables-nft', ['-w', '-t', 'nat', '-D', 'PREROUTING', '-j', 'NATMAP']);
    files.write({
      'saved.v4': await save(ns, 'nft', 'ipv4'),
      'saved.v6': await save(ns, 'nft', 'ipv6'),
    });
    const live = ['--live', files.file('saved.v4'), '--live6', files.file('saved.v6')];
    const found = await diagnose(ns, 'nft', [...inputs(files), ...live], { user: nobody });
    expect(found.code).toBe(1);
    expect(found.unread.map(({ what }) => what)).toEqual(['the rules of nftables']);
    expect(found.findings.map(({ code }) => code)).toEqual(['jump-missing']);
  });

  test.each([
    ['rules', { 'rules.d/10-rules.yaml': 'dnat: 1\n' }, [], /10-rules\.yaml:1:7/],
    ['saved rules', { 'saved.v4': 'nonsense\n' }, ['--live', 'saved.v4'], /saved\.v4:1:1/],
  ])('%s that make no sense end it with exit code 2', async (_, more, flags, said) => {
    using files = rulesOf(dnat, more);
    await using ns = await createNamespace();
    const args = ['doctor', ...inputs(files), ...flags];
    const { code, stdout, stderr } = await natmap(ns, 'nft', args, { cwd: files.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
  });
});

/** A client of an engine that runs this one container, and says this of itself. */
function clientScript(files: Workspace): string {
  return `#!/bin/sh
case "$1" in
  info) cat ${files.file('info.json')} ;;
  ps) echo web ;;
  inspect) cat ${files.file('docker.json')} ;;
  network) ;;
  *) exit 1 ;;
esac
`;
}

/** The namespace with an /etc/iptables of its own, which is kept in the workspace. */
async function ownEtc(
  ns: Namespace,
  files: Workspace,
  content: Readonly<Record<string, string>>,
): Promise<Namespace> {
  for (const [name, text] of Object.entries(content))
    files.write({ [`etc/iptables/${name}`]: text });
  const [upper, work] = [files.folder('etc'), files.folder('work')];
  const mount = `mount -t overlay overlay -o lowerdir=/etc,upperdir=${upper},workdir=${work} /etc`;
  const wrapped = (command: string, args: readonly string[]) =>
    ['--mount', 'sh', '-c', `${mount} && exec "$@"`, 'sh', command, ...args] as const;
  return {
    ...ns,
    run: (command, args, options) => ns.run('unshare', wrapped(command, args), options),
    mustRun: (command, args, options) => ns.mustRun('unshare', wrapped(command, args), options),
  };
}
