/**
 * Root reads what natmap.service cannot: the unit has uid 0 without the capabilities to read files of
 * other users. What natmap warns of is held against a natmap that runs with the unit's bounding set.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { natmapPath, repository } from '../support/natmap.ts';

const rules = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]';

const unit = readFileSync(`${repository}packaging/natmap.service`, 'utf8');
const kept = (/^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1] ?? '').split(' ');
const bounding = ['-all', ...kept.map((name) => name.toLowerCase().replace('cap_', '+'))].join(',');

/** `natmap COMMAND` on an /etc of its own with rules.d/a.yaml, which `change` then closes. */
function natmapBeside(change: string, command: readonly string[], asUnit = false) {
  const script = [
    ...[
      'set -e',
      'mount -t tmpfs none /etc',
      'mkdir -p /etc/natmap/rules.d',
      'cd /etc/natmap',
      'echo root:x:0:0::/:/bin/sh >/etc/passwd',
    ],
    ...[`echo '${rules}' >rules.d/a.yaml`, 'echo "[]" >docker.json', change, 'exec "$@"'],
  ].join('\n');
  const prefix = asUnit ? ['setpriv', `--bounding-set=${bounding}`] : [];
  const words = ['sh', ...prefix, process.execPath, natmapPath, ...command];
  const args = ['--mount', '--net', '--', 'sh', '-c', script, ...words];
  return spawnSync('unshare', args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
}

const check = ['check', '--docker', 'docker.json'];

test.each([
  ['a file of another user', 'chown 1000 rules.d/a.yaml; chmod 600 rules.d/a.yaml', 'a.yaml'],
  ['a file that its owner, root, may not read', 'chmod 000 rules.d/a.yaml', 'a.yaml'],
  ['a closed folder of another user', 'chown 1000 rules.d; chmod 700 rules.d', 'rules.d'],
  ['a closed folder above', 'chown 1000 .; chmod 700 .', '/etc/natmap'],
  [
    'a file that group 0 may not read',
    'chown 1000:0 rules.d/a.yaml; chmod 604 rules.d/a.yaml',
    'a.yaml',
  ],
  ['a snapshot', 'chown 1000 docker.json; chmod 600 docker.json', 'docker.json'],
])('%s is warned of, and the unit fails at it', (_, change, path) => {
  const asRoot = natmapBeside(change, check);
  expect(asRoot).toMatchObject({ status: 0 });
  expect(asRoot.stderr).toContain('warning: natmap.service cannot read ');
  expect(asRoot.stderr).toMatch(new RegExp(`${path}: it belongs to .*\\[closed-to-unit\\]`));
  const asUnit = natmapBeside(change, check, true);
  expect(asUnit.stderr).toContain('permission denied');
  expect(asUnit.status).toBe(2);
});

test.each([
  ['files of root that nobody else may read', 'chmod -R go-rwx /etc/natmap'],
  ['files of another user that everybody may read', 'chown -R 1000 /etc/natmap'],
  ['a file that group 0 may read', 'chown 1000:0 rules.d/a.yaml; chmod 640 rules.d/a.yaml'],
])('%s are none of it, and the unit reads them', (_, change) => {
  expect(natmapBeside(change, check)).toMatchObject({ status: 0, stderr: '' });
  expect(natmapBeside(change, check, true)).toMatchObject({ status: 0 });
});

test('a link into a home is warned of: the unit sees no home', () => {
  const change =
    'mount -t tmpfs none /home; mv rules.d/a.yaml /home; mv rules.d /home/rules.d; mv /home/a.yaml /home/rules.d; ln -s /home/rules.d rules.d';
  const { stderr } = natmapBeside(change, ['check']);
  expect(stderr).toContain('cannot read /home/rules.d: it runs with ProtectHome=tmpfs');
});

describe('rules that the unit does not read', () => {
  test('are no matter', () => {
    const change =
      'mkdir /etc/mine; mv rules.d/a.yaml /etc/mine; chown -R 1000 /etc/mine; chmod -R go-rwx /etc/mine';
    expect(natmapBeside(change, ['check', '--rules', '/etc/mine'])).toMatchObject({ stderr: '' });
  });
});

test('doctor finds it, and its commands open the file', () => {
  const change = 'chown 1000 rules.d/a.yaml; chmod 600 rules.d/a.yaml';
  const { stdout } = natmapBeside(change, ['doctor', '--json']);
  const { findings } = JSON.parse(stdout);
  const found = findings.find(({ code }: { code: string }) => code === 'closed-to-unit');
  expect(found).toMatchObject({ severity: 'error' });
  const fixed = natmapBeside([change, ...found.commands].join('\n'), check, true);
  expect(fixed).toMatchObject({ status: 0 });
});
