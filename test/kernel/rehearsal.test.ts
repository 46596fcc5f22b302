/**
 * What iptables-restore --test passes and a kernel refuses: a rehearsal finds it and names the rule and
 * the entry that it comes from, and the live rules are as they were, counters and tables included.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { rehearse } from '../../src/apply/sandbox/sandbox-run.ts';
import { createIptables } from '../../src/host/iptables.ts';
import { programRunner } from '../../src/host/program.ts';
import { applyGoal, flushGoal, type Goal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { restoreGoal } from '../../src/plan/restore-goal.ts';
import { patchedBoth } from '../support/diff.ts';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { load, savedBoth, savedWithCounters } from '../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../support/kernel.ts';
import { carryOut, live } from '../support/live-rules.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { liveText, wantedRules } from '../support/random-rulesets.ts';
import { scriptedShims } from '../support/shims.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const rulesFile = `dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25, name: good}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.102, ports: 26, name: bad}
  - {ext_ip: 2001:db8::43, int_ip: 2001:db8:10::101, ports: 25, name: good}
`;

const placeOfBad = 'rules.d/a.yaml:3:5';

/** Files in which the template prints these lines for the entry `bad`, and a harmless rule for others. */
function printing(lines: string): Readonly<Record<string, string>> {
  const good = '-A NATMAP -p {{ proto }} {{ ext_match }} -j RETURN';
  const template = `*nat\n${good}\n{% if name == "bad" %}\n${lines}\n{% endif %}\n`;
  return { 'rules.d/a.yaml': rulesFile, 'templates/dnat.njk': template };
}

const inputs = ['--rules', 'rules.d', '--templates', 'templates'];

const faults: readonly (readonly [fault: string, lines: string, rule: string])[] = [
  ['an unknown target', '-A NATMAP -j NONESUCH', '-A NATMAP -j NONESUCH'],
  ['an unknown match', '-A NATMAP -m nonesuch', '-A NATMAP -m nonesuch'],
  ['a jump to a missing chain', '-A NATMAP -g missing', '-A NATMAP -g missing'],
  [
    'DNAT in the filter table',
    '*filter\n-A NATMAP -p tcp -j DNAT --to-destination {{ int }}',
    '-A NATMAP -p tcp -j DNAT --to-destination 10.0.0.102',
  ],
  [
    'REJECT in the nat table',
    '-A NATMAP -j REJECT',
    '-A NATMAP -j REJECT --reject-with icmp-port-unreachable',
  ],
  [
    'SNAT on a way from PREROUTING',
    '-A NATMAP -j SNAT --to-source {{ int }}',
    '-A NATMAP -j SNAT --to-source 10.0.0.102',
  ],
  [
    'a circle of our chains',
    '-A NATMAP -j NATMAP-SIDE\n-A NATMAP-SIDE -j NATMAP',
    '-A NATMAP-SIDE -j NATMAP',
  ],
  [
    "a circle through somebody else's chain",
    '*filter\n-A NATMAP -j DOCKER-USER',
    '-A NATMAP -j DOCKER-USER',
  ],
];

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  const apply = (ns: Namespace, files: Workspace, ...more: readonly string[]) =>
    natmap(ns, variant, ['apply', ...inputs, ...more], { cwd: files.path });

  const dockerHost = async () => {
    const ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    return ns;
  };

  describe('refuses before anything is touched', () => {
    let ns: Namespace;
    beforeAll(async () => {
      ns = await dockerHost();
      return () => ns[Symbol.asyncDispose]();
    });

    test.each(faults)('%s', async (_, lines, rule) => {
      using files = createWorkspace(printing(lines));
      const before = await savedWithCounters(ns, variant);
      const { code, stdout, stderr } = await apply(ns, files);
      expect(await savedWithCounters(ns, variant)).toEqual(before);
      expect(stderr).toMatch(/^error: ipv4: .* in the preflight/m);
      expect(stderr).toMatch(new RegExp(`^ {2}line \\d+: ${rule}$`, 'm'));
      expect(stderr).toContain(`from ${placeOfBad}`);
      expect(stdout).toBe('');
      expect(code).toBe(4);
    });
  });

  test.each(faults)('makes no table on an empty host for %s', async (_, lines) => {
    await using ns = await createNamespace();
    using files = createWorkspace(printing(lines));
    const { code } = await apply(ns, files);
    expect(await savedBoth(ns, variant)).toEqual({ ipv4: [], ipv6: [] });
    expect(code).toBe(4);
  });

  test('finds the circle that a small change closes', async () => {
    await using ns = await dockerHost();
    const side = '-A NATMAP -j NATMAP-SIDE\n-A NATMAP-SIDE -p udp -j RETURN';
    using files = createWorkspace(printing(side));
    expect((await apply(ns, files)).code).toBe(0);
    const before = await savedWithCounters(ns, variant);
    files.write(printing(`${side}\n-A NATMAP-SIDE -p tcp -j NATMAP`));
    const { code, stderr } = await apply(ns, files);
    expect(await savedWithCounters(ns, variant)).toEqual(before);
    expect(stderr).toMatch(/^ {2}line \d+: .* -p tcp -j NATMAP$/m);
    expect(code).toBe(4);
  });

  test("a rule may lead to somebody else's chain", async () => {
    await using ns = await dockerHost();
    using files = createWorkspace(printing('-A NATMAP -j DOCKER'));
    const before = await savedBoth(ns, variant);
    const diff = await natmap(ns, variant, ['diff', ...inputs], { cwd: files.path });
    const { code, stderr } = await apply(ns, files);
    expect(stderr).not.toMatch(/tested|refused/);
    expect(code).toBe(0);
    expect(await savedBoth(ns, variant)).toEqual(patchedBoth(before, diff.stdout));
  });

  describe('a rule that names an ipset of the host', () => {
    const withSet = (name: string) =>
      printing(`-A NATMAP -m set --match-set ${name} src -j RETURN\n-A NATMAP -m mark --mark 7`);

    test('is only tested, and the others are rehearsed', async () => {
      await using ns = await dockerHost();
      using files = createWorkspace(withSet('blocked4'));
      const before = await savedBoth(ns, variant);
      const diff = await natmap(ns, variant, ['diff', ...inputs], { cwd: files.path });
      const { code, stderr } = await apply(ns, files);
      expect(stderr).toMatch(/but for 1 rule only tested, as an ipset .*--match-set blocked4 src/);
      expect(code).toBe(0);
      expect(await savedBoth(ns, variant)).toEqual(patchedBoth(before, diff.stdout));
    });

    test('is refused when the set is missing', async () => {
      await using ns = await dockerHost();
      using files = createWorkspace(withSet('nowhere'));
      const before = await savedWithCounters(ns, variant);
      const { code, stderr } = await apply(ns, files);
      expect(await savedWithCounters(ns, variant)).toEqual(before);
      expect(stderr).toMatch(/Set nowhere doesn't exist/);
      expect(stderr).toContain(`from ${placeOfBad}`);
      expect(code).toBe(4);
    });
  });

  test('where no namespace is available, the rules are only tested, with a note', async () => {
    await using ns = await createNamespace();
    using files = createWorkspace(printing('-A NATMAP -p udp -j RETURN'));
    using shims = scriptedShims(['unshare'], 'echo "unshare: not permitted" >&2; exit 1');
    const args = ['apply', ...inputs];
    const options = { cwd: files.path, env: shims.env };
    const { stderr } = await mustNatmap(ns, variant, args, options);
    expect(stderr).toBe('only tested, not rehearsed: unshare: not permitted\n');
  });

  test('an unshare that shares the namespace loads nothing', async () => {
    await using ns = await createNamespace();
    using files = createWorkspace(printing('-A NATMAP -p udp -j RETURN'));
    using shims = scriptedShims(['unshare'], 'while [ "$1" != -- ]; do shift; done\nshift\n"$@"');
    const args = ['apply', '--dry-run', ...inputs];
    const options = { cwd: files.path, env: shims.env };
    const { stderr } = await mustNatmap(ns, variant, args, options);
    expect(stderr).toContain('only tested, not rehearsed: unshare gave no namespace of its own');
  });

  describe('apply --dry-run', () => {
    test('shows the diff, says that it was rehearsed, and writes nothing', async () => {
      await using ns = await dockerHost();
      using files = createWorkspace(printing('-A NATMAP -p udp -j RETURN'));
      const before = await savedWithCounters(ns, variant);
      const diff = await natmap(ns, variant, ['diff', ...inputs], { cwd: files.path });
      const { code, stdout, stderr } = await apply(ns, files, '--dry-run');
      expect(await savedWithCounters(ns, variant)).toEqual(before);
      expect(stdout).toBe(diff.stdout);
      expect(stderr).toBe('rehearsed in a network namespace; nothing was changed\n');
      expect(code).toBe(0);
    });

    test('of a saved plan says too whether it would be refused', async () => {
      await using ns = await dockerHost();
      using files = createWorkspace(printing('-A NATMAP -p udp -j RETURN'));
      const run = (...args: readonly string[]) => natmap(ns, variant, args, { cwd: files.path });
      const plan = await run('plan', '-o', 'plan.json', ...inputs);
      const { code, stdout, stderr } = await run('apply', '--dry-run', 'plan.json');
      expect(stdout).toBe(plan.stdout);
      expect(stderr).toBe('rehearsed in a network namespace; nothing was changed\n');
      expect(code).toBe(0);
      await mustNatmap(ns, variant, ['apply', 'plan.json'], { cwd: files.path });
      expect((await run('apply', '--dry-run', 'plan.json')).code).toBe(3);
    });

    test('exits 4 when the kernel refuses the rules', async () => {
      await using ns = await dockerHost();
      using files = createWorkspace(printing('-A NATMAP -j REJECT'));
      const { code, stderr } = await apply(ns, files, '--dry-run');
      expect(stderr).toContain(`from ${placeOfBad}`);
      expect(stderr).toMatch(new RegExp(`\n {4}hint: fix ${placeOfBad}, and apply again\n$`));
      expect(code).toBe(4);
    });
  });

  test('passes whatever a load passes, on whatever rules a host has', async () => {
    const iptables = createIptables(variant, programRunner(process.env));
    await fc.assert(
      fc.asyncProperty(
        liveText,
        wantedRules('ipv4'),
        wantedRules('ipv4'),
        async (text, first, second) => {
          await using ns = await createNamespace();
          if (text !== '') await load(ns, variant, 'ipv4', text);
          const before = await live(ns, variant, 'ipv4');
          const goals = [applyGoal(first), applyGoal(second), restoreGoal(before), flushGoal];
          for (const goal of goals) await rehearsed(ns, variant, goal, iptables);
        },
      ),
      { numRuns: 8 },
    );
  });
});

async function rehearsed(
  ns: Namespace,
  variant: Variant,
  goal: Goal,
  iptables: ReturnType<typeof createIptables>,
): Promise<void> {
  const plan = makePlan(await live(ns, variant, 'ipv4'), goal, variant);
  expect(await rehearse([plan], iptables)).toEqual({ kind: 'passed', leftOut: [] });
  expect((await carryOut(ns, variant, plan)).code).toBe(0);
}
