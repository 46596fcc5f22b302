import { expect, test } from 'vitest';
import { inlineRules } from '../support/inputs.ts';
import { natmapPath } from '../support/natmap.ts';
import { run } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

const ipv4 = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';
const ipv6 = 'dnat: [{ext_ip: "2001:db8:43::25", int_ip: "2001:db8:10::101", ports: 25}]\n';

/** `diff --live FILE` on a machine without iptables. */
function diffWithoutIptables(rules: string, live: string) {
  const args = [natmapPath, 'diff', ...inlineRules(rules), '--live', live];
  return run(process.execPath, args, { env: { PATH: '/nowhere' } });
}

test.each([
  ['is left out with a note that names --live6', ipv4, 1, 'ipv6 is left out: '],
  ['is an error whose hint names --live6, where IPv6 is wanted', ipv6, 2, '--family ipv4'],
])('without --live6 and ip6tables, IPv6 %s', async (_, rules, code, said) => {
  using files = createWorkspace({ 'saved.v4': '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n' });
  const result = await diffWithoutIptables(rules, files.file('saved.v4'));
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(said);
  expect(result.stderr).toContain('--live6');
});

test('a standard input without end is an error', async () => {
  const live = 'exec "$0" "$@" --live - --family ipv4 </dev/zero';
  const diff = [process.execPath, natmapPath, 'diff', ...inlineRules(ipv4)];
  const { code, stderr } = await run('sh', ['-c', live, ...diff]);
  expect(stderr).toContain('standard input: this is more than 256 MiB');
  expect(code).toBe(2);
});
