import { afterAll, describe, expect, test, vi } from 'vitest';
import { validJson } from '../support/json-schema.ts';
import { repository } from '../support/natmap.ts';
import { run } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';
import { natmap } from './program.ts';

vi.setConfig({ testTimeout: 60_000 });

const nat = (rules: string) => `*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
:NATMAP -
-A PREROUTING -j NATMAP
${rules}COMMIT
`;

const files = createWorkspace({
  'rules.d/10-mail.yaml': `dnat:
  - name: mail
    ext_ip: 203.0.113.43
    int_ip: 10.0.0.101
    ports: 25
`,
  'live.v4': nat(
    '-A NATMAP -d 203.0.113.43/32 -p tcp -m tcp --dport 26 -m comment --comment "natmap:dnat:203.0.113.43:26" -j DNAT --to-destination 10.0.0.101\n',
  ),
});
afterAll(() => files[Symbol.dispose]());

const inputs = ['--family', 'ipv4', '--live', 'live.v4'];

function diff(...args: string[]) {
  return natmap(['diff', ...inputs, ...args], { cwd: files.path });
}

describe('differences are exit code 1', () => {
  test.each([[], ['--format', 'json'], ['--format', 'markdown'], ['--payload'], ['--origin']])(
    '%j %s',
    async (...args) => {
      expect(await diff(...args)).toMatchObject({ code: 1, stderr: '' });
    },
  );

  test('and none 0', async () => {
    const { stdout } = await natmap(['render', '--family', 'ipv4'], { cwd: files.path });
    files.write({ 'same.v4': withPolicies(stdout) });
    const same = await natmap(['diff', '--family', 'ipv4', '--live', 'same.v4', '--json'], {
      cwd: files.path,
    });
    expect(same.code).toBe(0);
    expect(validJson(same.stdout)).toMatchObject({ changed: false });
  });
});

/** What render prints names no built-in chain. */
function withPolicies(rendered: string): string {
  return rendered
    .replace('*filter\n', '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n')
    .replace(
      '*nat\n',
      '*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\n',
    );
}

test('text is a patch that patch(1) takes', async () => {
  const { stdout } = await diff();
  const patched = await run('patch', ['--quiet', '--output=-', 'live.v4'], {
    cwd: files.path,
    input: stdout,
  });
  expect(patched).toMatchObject({ code: 0, stderr: '' });
  files.write({ 'patched.v4': patched.stdout });
  const after = await natmap(['diff', '--family', 'ipv4', '--live', 'patched.v4'], {
    cwd: files.path,
  });
  expect(after).toMatchObject({ code: 0, stdout: 'ipv4: no changes\n' });
});

test('--origin says where each rule comes from', async () => {
  const lines = (await diff('--origin')).stdout
    .split('\n')
    .filter((line) => /-A NATMAP/.test(line));
  expect(lines.map((line) => line.replace(/-A.* {2}#/, '#'))).toEqual([
    '+# natmap:replies',
    '+# natmap:translated',
    '+# rules.d/10-mail.yaml:2 mail',
    '-# natmap:dnat:203.0.113.43:26',
    '+# rules.d/10-mail.yaml:2 mail',
  ]);
});

test('JSON is valid against its schema and has the digest that Markdown has', async () => {
  const json = await diff('--json');
  const content = validJson(json.stdout) as { digest: string };
  expect(content).toMatchObject({
    summary: 'ipv4: 8 rules added, 1 removed',
    families: [
      {
        opened: [{ words: 'everyone → 203.0.113.43:25/tcp → 10.0.0.101:25' }],
        closed: [{ words: 'everyone → 203.0.113.43:26/tcp → 10.0.0.101:26' }],
      },
    ],
  });
  expect((await diff('--format', 'markdown')).stdout).toContain(content.digest);
});

test('the payload is what iptables-restore would be given', async () => {
  const { stdout } = await diff('--payload');
  expect(stdout).toMatch(/^\*filter\n:NATMAP - \[0:0\]\n/);
  expect(stdout.match(/^COMMIT$/gm)).toHaveLength(2);
});

const example = [
  ...['diff', '--docker', 'snapshot.json', '--format', 'markdown'],
  ...['--live', 'examples/live.v4', '--live6', 'examples/live.v6'],
];

test('Markdown is cut to --max-bytes', async () => {
  const { stdout } = await natmap([...example, '--max-bytes', '4000'], { cwd: repository });
  expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(4000);
  expect(stdout).toContain('**Cut to 4000 bytes');
  const refused = await diff('--format', 'markdown', '--max-bytes', '100');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('give whole bytes from 2000 on');
});

test('the bundled example tells what it opens', async () => {
  const { code, stdout } = await natmap(example, { cwd: repository });
  expect(code).toBe(1);
  expect(stdout).toContain(
    '- `198.51.100.0/24 → 203.0.113.43:8443/tcp → 10.0.0.101:443` by `rules.d/10-mail.yaml:12 mail admin`',
  );
});
