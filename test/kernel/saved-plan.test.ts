/**
 * `natmap plan -o FILE` and `natmap apply FILE`: what was shown is what is applied, whatever others do
 * meanwhile to their own rules, and nothing is when our part has changed or the file has.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentOf, sealed } from '../plan/saved-plans.ts';
import { patchedBoth } from '../support/diff.ts';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { everyKind, inlineRules, otherRules } from '../support/inputs.ts';
import { chain, iptables, savedBoth } from '../support/iptables.ts';
import { families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { createWorkspace } from '../support/workspace.ts';

const rules = inlineRules(everyKind);
const changedRules = inlineRules(otherRules);

async function dockerHost(variant: Variant): Promise<Namespace> {
  const ns = await createNamespace();
  await loadDockerRuleset(ns, variant);
  return ns;
}

/** Plans to a file in the folder of the namespace; gives its path and what was printed. */
async function plan(
  ns: Namespace,
  variant: Variant,
  inputs: readonly string[],
  name = 'plan.json',
) {
  const file = join(ns.directory, name);
  const { stdout, stderr } = await mustNatmap(ns, variant, ['plan', '-o', file, ...inputs]);
  return { file, stdout, stderr };
}

/** Runs `apply FILE`, which has to leave everything as it is. */
async function refusedApply(ns: Namespace, variant: Variant, file: string, ...flags: string[]) {
  const before = await savedBoth(ns, variant);
  const result = await natmap(ns, variant, ['apply', file, ...flags]);
  expect(await savedBoth(ns, variant)).toEqual(before);
  return result;
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test.each<[what: string, before: readonly string[] | null, after: readonly string[]]>([
    ['the first rules', null, rules],
    ['a change', rules, changedRules],
    ['nothing', rules, rules],
  ])('apply of a plan makes what plan and diff have shown: %s', async (_, before, after) => {
    await using ns = await dockerHost(variant);
    if (before !== null) await mustNatmap(ns, variant, ['apply', ...before]);
    const state = await savedBoth(ns, variant);
    const diff = await natmap(ns, variant, ['diff', ...after]);
    const { file, stdout, stderr } = await plan(ns, variant, after);
    expect(stdout).toBe(diff.stdout);
    expect(stderr).toContain(`natmap apply ${file}`);
    expect(await savedBoth(ns, variant)).toEqual(state);
    await mustNatmap(ns, variant, ['apply', file]);
    expect(await savedBoth(ns, variant)).toEqual(patchedBoth(state, stdout));
  });

  test('the same inputs give the same bytes, whatever has been counted', async () => {
    await using ns = await dockerHost(variant);
    await mustNatmap(ns, variant, ['apply', ...rules]);
    const first = await plan(ns, variant, changedRules, 'first.json');
    await iptables(ns, variant, '-t nat -A OUTPUT -o lo -j ACCEPT');
    await iptables(ns, variant, '-t filter -Z');
    const second = await plan(ns, variant, changedRules, 'second.json');
    expect(readFileSync(second.file, 'utf8')).toBe(readFileSync(first.file, 'utf8'));
  });

  test.each<[what: string, change: string]>([
    ['a rule owned by natmap is gone', '-t nat -D NATMAP 1'],
    ['a rule stands in a chain owned by natmap', '-t filter -A NATMAP -p udp -j ACCEPT'],
    ['a chain owned by natmap is new', '-t nat -N NATMAP-NEW'],
    ['a jump is gone', '-t nat -D PREROUTING -j NATMAP'],
    ['the daemon has left a rule', '-A INPUT -m comment --comment natmap:dnat:old -j ACCEPT'],
  ])('a plan is refused when %s, and that is shown', async (_, change) => {
    await using ns = await dockerHost(variant);
    await mustNatmap(ns, variant, ['apply', ...rules]);
    const { file } = await plan(ns, variant, changedRules);
    await iptables(ns, variant, change);
    const { code, stderr } = await refusedApply(ns, variant, file);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: ipv4: the live rules changed under the plan:\n {2}[-+] /);
    expect(stderr).toContain('\nipv6: the live rules changed under the plan:\n');
    expect(stderr).toContain('make a new plan');
  });

  test('a plan that was applied is refused the second time', async () => {
    await using ns = await dockerHost(variant);
    const { file } = await plan(ns, variant, rules);
    await mustNatmap(ns, variant, ['apply', file]);
    const { code, stderr } = await refusedApply(ns, variant, file);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('they are what it leads to already'),
    });
  });

  test('an apply of a plan is on the record with the files that the plan was made from', async () => {
    await using ns = await dockerHost(variant);
    const { file } = await plan(ns, variant, rules);
    await mustNatmap(ns, variant, ['apply', file]);
    const { stdout } = await mustNatmap(ns, variant, ['history', '--json']);
    const [{ kind, sources }] = JSON.parse(stdout).applies;
    expect(kind).toBe('apply');
    expect(sources).toEqual(JSON.parse(readFileSync(file, 'utf8')).sources);
    expect(sources).toHaveLength(2);
  });

  test('what others change meanwhile does not disturb, and stays', async () => {
    await using ns = await dockerHost(variant);
    const { file, stdout } = await plan(ns, variant, rules);
    const before = await savedBoth(ns, variant);
    const work = [
      '-t nat -N DOCKER-NEW',
      '-t nat -A DOCKER-NEW -j RETURN',
      '-t nat -I PREROUTING -p udp -j DOCKER-NEW',
      '-I DOCKER-USER -p tcp --dport 22 -j ACCEPT',
      '-D DOCKER-ISOLATION-STAGE-2 1',
      '-P INPUT DROP',
      '-t raw -F',
    ];
    for (const command of work) await iptables(ns, variant, command);
    const meanwhile = await savedBoth(ns, variant);
    expect(meanwhile).not.toEqual(before);
    await mustNatmap(ns, variant, ['apply', file]);
    const after = await savedBoth(ns, variant);
    const planned = patchedBoth(before, stdout);
    for (const family of families) {
      const ours = (lines: readonly string[]) => lines.filter((line) => /NATMAP/.test(line)).sort();
      const others = (lines: readonly string[]) => lines.filter((line) => !/NATMAP/.test(line));
      expect(ours(after[family])).toEqual(ours(planned[family]));
      expect(others(after[family])).toEqual(others(meanwhile[family]));
    }
  });

  test('a plan that would take other edits is refused: Docker came to a host without it', async () => {
    await using ns = await createNamespace();
    const { file } = await plan(ns, variant, rules);
    await iptables(ns, variant, '-N DOCKER-USER');
    const { code, stderr } = await refusedApply(ns, variant, file);
    expect(code).toBe(3);
    expect(stderr).toContain('- -N DOCKER-USER');
  });

  test('a family that the plan leaves out is not touched, even where it changed', async () => {
    await using ns = await dockerHost(variant);
    const { file } = await plan(ns, variant, [...rules, '--family', 'ipv6']);
    const before = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', file]);
    const after = await savedBoth(ns, variant);
    expect(after.ipv4).toEqual(before.ipv4);
    expect(chain(after.ipv6, 'nat', 'NATMAP')).not.toEqual([]);
  });

  describe('a file that is no plan as natmap wrote it is refused', () => {
    const swap = (text: string) => text.replaceAll('-j ACCEPT', '-j DROP');
    const inInput = (text: string) => text.replaceAll('"chain": "NATMAP"', '"chain": "INPUT"');
    const resealed = (change: (text: string) => string) => (text: string) =>
      sealed(JSON.parse(change(JSON.stringify(contentOf(text), null, 2))));

    test.each<[what: string, doctor: (text: string) => string, code: number, message: string]>([
      ['empty', () => '', 2, 'no JSON, or it is cut off'],
      ['cut off', (text) => text.slice(0, text.length / 2), 2, 'no JSON, or it is cut off'],
      ['a snapshot', () => '{"schema": "natmap.snapshot/v1"}', 2, 'no plan that natmap has saved'],
      ['changed', swap, 2, 'the file has been changed'],
      ['with a chain of others', resealed(inInput), 2, "chain INPUT is not natmap's"],
      [
        'with other rules than its payload',
        resealed((text) => text.replace('-j ACCEPT', '-j DROP')),
        3,
        'other edits',
      ],
    ])('%s', async (_, doctor, code, message) => {
      await using ns = await dockerHost(variant);
      const { file } = await plan(ns, variant, rules);
      writeFileSync(file, doctor(readFileSync(file, 'utf8')));
      const result = await refusedApply(ns, variant, file);
      expect(result).toMatchObject({ code, stderr: expect.stringContaining(message) });
    });
  });

  test.each<[what: string, flags: string[], message: string]>([
    ['inputs beside it', ['--rules', 'rules.d', '--allow-empty'], '--rules, --allow-empty'],
    ['another family', ['--family', 'ipv4'], 'the plan is for ipv4 and ipv6'],
  ])('a plan with %s is bad usage', async (_, flags, message) => {
    await using ns = await dockerHost(variant);
    const { file } = await plan(ns, variant, rules);
    const result = await refusedApply(ns, variant, file, ...flags);
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('a plan for the other variant is bad usage', async () => {
    await using ns = await createNamespace();
    const { file } = await plan(ns, variant, rules);
    const other: Variant = variant === 'nft' ? 'legacy' : 'nft';
    const { code, stderr } = await refusedApply(ns, other, file);
    expect(code).toBe(2);
    expect(stderr).toContain(`the plan is for iptables-${variant}, and this is iptables-${other}`);
  });

  test('a rule that only the kernel understands goes through the file', async () => {
    await using ns = await dockerHost(variant);
    const label = '-m connmark --mark 1 -m helper --helper ftp';
    const template = `*nat\n-A NATMAP -s {{ int }} ${label} -m comment --comment {{ comment | quote }} -j RETURN\n`;
    using files = createWorkspace({
      'rules.d/a.yaml': 'snat: [{int_ip: 10.0.0.1, ext_if: vmbr0}]\n',
      'templates/snat.njk': template,
    });
    const inputs = ['--rules', files.file('rules.d'), '--templates', files.file('templates')];
    const before = await savedBoth(ns, variant);
    const { file, stdout } = await plan(ns, variant, inputs);
    await mustNatmap(ns, variant, ['apply', file]);
    expect(stdout).toContain('--helper');
    expect(await savedBoth(ns, variant)).toEqual(patchedBoth(before, stdout));
  });
});

describe.skipIf(kernelReason())('natmap plan', () => {
  test('without -o says that it is needed', async () => {
    await using ns = await createNamespace();
    const { code, stderr } = await natmap(ns, 'nft', ['plan', ...rules]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("'-o, --output <file>'"),
    });
  });

  test('does not put a file in the place of something else', async () => {
    await using ns = await createNamespace();
    const { code, stderr } = await natmap(ns, 'nft', ['plan', '-o', ns.directory, ...rules]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('not a file') });
  });

  test('needs no root where the live rules are files', async () => {
    await using ns = await createNamespace();
    using files = createWorkspace({ 'live.v4': '', 'live.v6': '' });
    chmodSync(files.path, 0o777);
    const file = files.file('plan.json');
    const lives = ['--live', files.file('live.v4'), '--live6', files.file('live.v6')];
    await mustNatmap(ns, 'nft', ['plan', '-o', file, ...rules, ...lives], { user: 65534 });
    await mustNatmap(ns, 'nft', ['apply', file]);
    const { stdout } = await mustNatmap(ns, 'nft', ['diff', ...rules]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
  });
});
