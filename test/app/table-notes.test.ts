// Tables of iptables in which nft made something.
import { afterAll, expect, test, vi } from 'vitest';
import { rejectHidden } from '../../src/app/table-notes.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { natmap } from '../cli/program.ts';
import { createWorkspace } from '../support/workspace.ts';

vi.setConfig({ testTimeout: 60_000 });

const hint = (table: string, what: string) => `# Table \`${table}' ${what}, use 'nft' tool.\n`;
const live = '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n';

const files = createWorkspace({
  'rules.d/10-mail.yaml': 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n',
});
afterAll(() => files[Symbol.dispose]());

test.each([
  ['mangle', 'is incompatible', 1, 'table mangle holds nftables rules that iptables cannot show'],
  [
    'filter',
    'contains incompatible base-chains',
    1,
    'table filter holds base chains that nft made and iptables does not show',
  ],
  ['nat', 'is incompatible', 2, 'table nat holds nftables rules that iptables cannot show'],
])('table %s that %s: exit %i, and the command that lists it', async (table, what, code, words) => {
  files.write({ 'live.v4': `${hint(table, what)}${live}` });
  const args = ['diff', '--family', 'ipv4', '--live', 'live.v4'];
  const ended = await natmap(args, { cwd: files.path });
  expect(ended).toMatchObject({ code });
  expect(ended.stderr).toContain(`${words}: nft list table ip ${table}`);
});

test('a plan for a table that iptables cannot show is rejected', () => {
  const hidden: Ruleset = {
    family: 'ipv6',
    tables: [],
    notes: [{ kind: 'incompatible', table: 'mangle' }],
  };
  const goal = (table: 'mangle' | 'nat') =>
    applyGoal({ family: 'ipv6', chains: [{ table, name: 'NATMAP', rules: [] }] });
  expect(() => rejectHidden(hidden, goal('mangle'))).toThrow('nft list table ip6 mangle');
  expect(() => rejectHidden(hidden, goal('nat'))).not.toThrow();
});
