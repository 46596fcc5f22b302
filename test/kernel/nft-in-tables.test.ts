/** What nft makes in the tables of iptables-nft: apply, diff, status and doctor all report it. */
import { describe, expect, test } from 'vitest';
import { diagnose, findingOf } from '../support/doctor.ts';
import { inlineRules } from '../support/inputs.ts';
import { save } from '../support/iptables.ts';
import { kernelReason } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { createWorkspace } from '../support/workspace.ts';

const rules = inlineRules('dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]');
const inputs = ['--family', 'ipv4', ...rules];

async function hostWith(nft: string): Promise<Namespace> {
  const ns = await createNamespace();
  await ns.mustRun('nft', ['-f', '-'], { input: nft });
  return ns;
}

const made = [
  {
    what: 'a base chain of another hook and priority',
    nft: 'table ip filter { chain zz { type filter hook forward priority 10; policy drop; }; }',
    words: 'table filter holds base chains that nft made',
    list: 'nft list table ip filter',
  },
  {
    what: 'a dormant table',
    nft: 'table ip nat { flags dormant; }',
    words: 'table nat is dormant, or another program owns it',
    list: 'nft list table ip nat',
  },
];

describe.skipIf(kernelReason()).each(made)('$what', ({ nft, words, list }) => {
  test('is a warning of each command, and keeps none from its work', async () => {
    await using ns = await hostWith(nft);
    for (const command of ['diff', 'apply', 'diff', 'status', 'flush']) {
      const args = command === 'flush' ? ['--family', 'ipv4'] : inputs;
      const { code, stderr } = await natmap(ns, 'nft', [command, ...args]);
      expect({ command, code, stderr }).toEqual({
        command,
        code: expect.toBeOneOf([0, 1]),
        stderr: expect.stringMatching(new RegExp(`warning: ipv4: ${words}.*: ${list}\n`)),
      });
    }
    expect(await save(ns, 'nft', 'ipv4')).not.toContain('NATMAP');
  });

  test('is a finding of doctor', async () => {
    await using ns = await hostWith(nft);
    await mustNatmap(ns, 'nft', ['apply', ...inputs]);
    const diagnosis = await diagnose(ns, 'nft', inputs);
    expect(findingOf(diagnosis, 'nft-in-tables')).toMatchObject({ commands: [list] });
    expect(diagnosis.code).toBe(1);
  });
});

describe.skipIf(kernelReason())('tables that nft made', () => {
  test('a dormant table is active again by the command that doctor names', async () => {
    await using ns = await hostWith('table ip nat { flags dormant; }');
    await ns.mustRun('nft', ['add', 'table', 'ip', 'nat']);
    await mustNatmap(ns, 'nft', ['apply', ...inputs]);
    expect((await natmap(ns, 'nft', ['status', ...inputs])).stderr).toBe('');
  });

  test.each([
    ['a chain of a built-in name without a hook', 'table ip nat { chain PREROUTING { }; }', 'nat'],
    [
      'PREROUTING at another priority',
      'table ip nat { chain PREROUTING { type nat hook prerouting priority 10; }; }',
      'nat',
    ],
    [
      'PREROUTING of another type',
      'table ip nat { chain PREROUTING { type filter hook prerouting priority -100; }; }',
      'nat',
    ],
    [
      'POSTROUTING at another hook',
      'table ip nat { chain POSTROUTING { type nat hook input priority 100; }; }',
      'nat',
    ],
    [
      'FORWARD at another priority, for the jump to DOCKER-USER',
      'table ip filter { chain FORWARD { type filter hook forward priority 5; policy drop; }; }',
      'filter',
    ],
    [
      'rules that iptables cannot show',
      'table ip filter { chain FORWARD { type filter hook forward priority 0; meta mark set numgen inc mod 2; }; }',
      'filter',
    ],
  ])('%s: exit 2, the command that lists it, and nothing is touched', async (_, nft, table) => {
    await using ns = await hostWith(nft);
    const before = (await ns.mustRun('nft', ['list', 'ruleset'])).toString();
    for (const command of ['apply', 'diff', 'status']) {
      const { code, stderr } = await natmap(ns, 'nft', [command, ...inputs]);
      expect({ command, code, stderr }).toEqual({
        command,
        code: 2,
        stderr: expect.stringContaining(`nft list table ip ${table}`),
      });
    }
    expect((await ns.mustRun('nft', ['list', 'ruleset'])).toString()).toBe(before);
  });

  test.each([
    'table ip filter { chain INPUT { type filter hook input priority 10; }; }',
    'table ip mangle { chain PREROUTING { type filter hook prerouting priority 10; }; }',
  ])('a name that no jump of natmap needs keeps nothing from its work: %s', async (nft) => {
    await using ns = await hostWith(nft);
    const { stderr } = await mustNatmap(ns, 'nft', ['apply', ...inputs]);
    expect(stderr).toContain('base chains that nft made');
    await mustNatmap(ns, 'nft', ['flush', '--family', 'ipv4']);
  });

  test('doctor reports a chain that iptables cannot add as an error', async () => {
    await using ns = await hostWith(
      'table ip nat { chain PREROUTING { type nat hook prerouting priority 10; }; }',
    );
    const { findings, code } = await diagnose(ns, 'nft', inputs);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'nft-in-tables',
        severity: 'error',
        message: expect.stringContaining('chain PREROUTING of table nat was made by nft'),
        commands: ['nft list table ip nat'],
      }),
    );
    expect(code).toBe(1);
  });

  test('rules that iptables cannot show in a table that natmap never edits are a warning', async () => {
    await using ns = await hostWith(
      'table ip security { chain FORWARD { type filter hook forward priority 150; meta mark set numgen inc mod 2; }; }',
    );
    const { stderr } = await mustNatmap(ns, 'nft', ['apply', ...inputs]);
    expect(stderr).toContain('nft list table ip security');
  });

  test('without nft, doctor reports that it could not look', async () => {
    await using ns = await hostWith('table ip nat { flags dormant; }');
    using empty = createWorkspace({});
    const { unread } = await diagnose(ns, 'nft', inputs, { env: { PATH: empty.path } });
    expect(unread).toContainEqual({
      what: 'whether IPv4 tables are dormant or owned',
      reason: 'nft was not found on the PATH',
    });
  });
});
