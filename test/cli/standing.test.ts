import { chmodSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { repository } from '../support/natmap.ts';
import { createWorkspace } from '../support/workspace.ts';
import { natmap } from './program.ts';

vi.setConfig({ testTimeout: 60_000 });

const dnat = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 80}]\n';

const files = createWorkspace({
  'bin/iptables': '#!/bin/sh\necho "iptables v1.8.9 (nf_tables)"\n',
  'bin/iptables-save': '#!/bin/sh\ncat live.v4\n',
  'bin/ip6tables-save': '#!/bin/sh\n',
  'none/live.v4': '',
  'new/rules.d/10-web.yaml': dnat,
  'new/live.v4': '',
  'blank/rules.d/10-example.yaml': readFileSync(`${repository}packaging/example.yaml`, 'utf8'),
  'blank/live.v4': '',
  'lint/rules.d/10-ssh.yaml': dnat.replace('80', '22'),
  'lint/live.v4': '',
  'faulty/rules.d/10-web.yaml': dnat.replace('80', '70000'),
  'docker/rules.d/10-web.yaml': 'docker: [{container: web, ports: [80]}]\n',
  'unreadable/rules.d/10-web.yaml': dnat,
});
for (const name of ['iptables', 'iptables-save', 'ip6tables-save']) {
  chmodSync(files.file(`bin/${name}`), 0o755);
}
afterAll(() => files[Symbol.dispose]());

describe('natmap alone says where one stands and what comes next', () => {
  test.each<[folder: string, rows: Readonly<Record<string, RegExp>>]>([
    ['none', { rules: /^none: rules\.d is missing/, next: /^write the first mapping/ }],
    [
      'new',
      {
        rules: /^rules\.d: 1 file, 1 mapping; no errors/,
        live: /^an apply would change them: ipv4: \d+ rules added; ipv6: /,
        next: /^natmap diff$/,
      },
    ],
    ['blank', { rules: /^rules\.d: 1 file, with comments only$/, next: /^write the first/ }],
    ['lint', { rules: /^rules\.d: 1 file, 1 mapping; 1 warning$/ }],
    ['faulty', { rules: /1 error$/, live: /^not compared/, next: /^natmap check$/ }],
    [
      'docker',
      { snapshot: /^none, and the rules name/, next: /^natmap snapshot -o snapshot\.json$/ },
    ],
    ['unreadable', { live: /^cannot read the live ipv4 rules: / }],
  ])('%s', async (folder, rows) => {
    const env = { PATH: `${files.file('bin')}:/usr/bin:/bin` };
    const { code, stdout } = await natmap([], { cwd: files.file(folder), env });
    expect(code).toBe(0);
    const said = Object.fromEntries(
      stdout.split('\n').map((line) => [line.slice(0, 10).trim(), line.slice(10)]),
    );
    for (const [row, text] of Object.entries(rows)) expect(said[row]).toMatch(text);
  });
});
