/**
 * Every command line of README.md and docs/, in the order of its page, and every example of --help and of
 * natmap(1), run as they stand there. What they print is what is shown. A page has a network namespace and a
 * folder of its own; only lines with sudo run as root. The engine is a stand-in that answers as the snapshot
 * says: the real ones are in test/engine.
 */
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandSpecs } from '../../src/cli/commands.ts';
import { firstSteps } from '../../src/cli/help.ts';
import { kernelReason } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { natmapPath, repository } from '../support/natmap.ts';
import { type Command, isShown, pages, type Step, stepsOf } from '../support/pages.ts';
import { type Result, which } from '../support/process.ts';

interface Elsewhere {
  /** Why it cannot run here. */
  readonly reason: string;
  /** The file that runs it, or what it comes to. */
  readonly runBy: string;
}

const installs = { reason: 'installs on this host', runBy: 'test/package/deb.test.ts' };
const asksSystemd = {
  reason: 'asks systemd, which has no part in this namespace',
  runBy: 'test/package/boot.test.ts',
};

const elsewhere: Readonly<Record<string, Elsewhere>> = {
  'npm run build && npm run faults': {
    reason: 'takes long',
    runBy: 'test/kernel/faults.test.ts',
  },
  'npm run build && npm run faults:guard': {
    reason: 'takes long',
    runBy: 'test/kernel/apply/guard-faults.test.ts',
  },
  'npm run example': {
    reason: 'builds, and so changes dist/',
    runBy: 'test/package/example.test.ts',
  },
  'npm test': { reason: 'runs this test', runBy: 'scripts/test.sh' },
  'npm install --no-save && npm run build && npm run deb': {
    reason: 'builds, and so changes dist/',
    runBy: 'test/package/deb.test.ts',
  },
  'sudo apt-get install ./dist/natmap_*_all.deb': installs,
  'sudo /usr/lib/natmap/restore-last-good': { ...installs, runBy: 'test/kernel/boot.test.ts' },
  'sudo systemctl enable natmap natmap-early': asksSystemd,
  'sudo systemctl start natmap': asksSystemd,
  'sudo systemctl status natmap': asksSystemd,
  'sudo systemctl reload natmap': asksSystemd,
  'sudo journalctl -u natmap': asksSystemd,
};

/** Somebody without rights. */
const nobody = 65534;

/** Files of the bundled example, by where they are in a host's folder. */
type Inputs = Readonly<Record<string, string>>;

const exampleInputs: Inputs = {
  'rules.d': 'rules.d',
  'snapshot.json': 'snapshot.json',
  'saved.v4': 'examples/live.v4',
  'saved.v6': 'examples/live.v6',
};

describe.skipIf(kernelReason())('the command lines of', () => {
  const withSteps = pages().filter((page) => stepsOf(page).length > 0);

  test.each(withSteps)('$name', async (page) => {
    await using host = await createHost(page.name === 'README.md' ? {} : exampleInputs);
    for (const step of stepsOf(page)) await takeStep(host, step);
  });

  test('natmap --help', async () => {
    const { 'rules.d': _, 'snapshot.json': __, ...saved } = exampleInputs;
    const mail = 'rules.d/10-mail.yaml';
    await using host = await createHost({ ...saved, [mail]: mail });
    for (const [command] of firstSteps) await takeStep(host, exampleStep(command));
  });

  test.each(commandSpecs().filter(({ hidden }) => !hidden))('$name --help', async (spec) => {
    await using host = await createHost(exampleInputs);
    for (const command of [...(before[spec.name] ?? []), spec.example]) {
      await takeStep(host, exampleStep(command));
    }
  });
});

test('what is run elsewhere stands in a document, and is run there', () => {
  const commands = pages()
    .flatMap(stepsOf)
    .map((step) => step.kind === 'command' && step.command);
  expect(Object.keys(elsewhere).filter((command) => !commands.includes(command))).toEqual([]);
  const files = Object.values(elsewhere).map(({ runBy }) => runBy);
  expect(files.filter((file) => !existsSync(`${repository}${file}`))).toEqual([]);
});

/** Examples are for who is root, and do not say with which code they end. */
function exampleStep(command: string): Step {
  const exitCode = differing.has(command) ? 1 : 0;
  return { kind: 'command', command, asRoot: true, exitCode, shown: [] };
}

/** What has to have happened for the example of a command to do something. */
const before: Readonly<Record<string, readonly string[]>> = {
  status: ['natmap apply --docker snapshot.json'],
  flush: ['natmap apply --docker snapshot.json'],
  confirm: ['natmap apply --docker snapshot.json --confirm 60'],
  rollback: ['natmap apply --docker snapshot.json', 'natmap flush'],
  history: ['natmap apply --docker snapshot.json'],
};

/** Examples that find differences, or something to fix, on a host where nothing is applied. */
const differing: ReadonlySet<string> = new Set([
  'natmap diff',
  'natmap doctor',
  'natmap doctor --docker snapshot.json',
  'natmap diff --docker snapshot.json --live saved.v4 --live6 saved.v6',
]);

async function takeStep(host: Namespace, step: Step): Promise<void> {
  if (step.kind === 'file') {
    put(join(host.directory, 'site', step.name), step.text);
    return;
  }
  const { command, exitCode, shown } = step;
  if (command in elsewhere) return;
  const { code, stdout } = await runLine(host, step);
  expect(code, `${command}\n${stdout}`).toBe(exitCode);
  if (shown.length > 0 && !isShown(stdout, shown)) {
    // To show how they differ.
    expect(stdout, command).toBe(shown.join('\n'));
  }
}

/** Runs a line in the host's folder; both streams are one, as on a terminal. */
function runLine(host: Namespace, { command, asRoot }: Command): Promise<Result> {
  const shell = ['bash', '-c', 'exec 2>&1; eval "$1"', 'bash', command];
  const become = [which('setpriv'), `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const [program = '', ...args] = asRoot ? shell : [...become, ...shell];
  const PATH = `${join(host.directory, 'bin')}:${process.env.PATH}`;
  return host.run(program, args, { cwd: join(host.directory, 'site'), env: { PATH } });
}

/** A host that forwards nothing yet, with natmap and an engine's client installed. */
async function createHost(inputs: Inputs): Promise<Namespace> {
  const host = await createNamespace();
  const folder = join(host.directory, 'site');
  mkdirSync(folder);
  for (const [name, source] of Object.entries(inputs)) {
    cpSync(`${repository}${source}`, join(folder, name), { recursive: true });
  }
  installPrograms(join(host.directory, 'bin'));
  for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(folder, name), nobody, nobody);
  }
  await host.sysctl('net.ipv4.ip_forward', 0);
  await host.sysctl('net.ipv6.conf.all.forwarding', 0);
  return host;
}

function installPrograms(bin: string): void {
  put(join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n');
  put(join(bin, 'calls'), '');
  put(join(bin, 'networks.json'), '[]');
  put(join(bin, 'info.json'), '{"ServerVersion": "28.1.0", "SecurityOptions": []}');
  put(join(bin, 'endpoint'), 'unix:///var/run/docker.sock\n');
  cpSync(`${repository}snapshot.json`, join(bin, 'containers.json'));
  for (const name of ['docker', 'podman']) {
    cpSync(`${repository}test/support/fake-docker.mjs`, join(bin, name));
  }
  symlinkSync(natmapPath, join(bin, 'natmap'));
  for (const name of ['sudo', 'docker', 'podman']) chmodSync(join(bin, name), 0o755);
  chownSync(join(bin, 'calls'), nobody, nobody);
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
