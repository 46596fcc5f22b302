/**
 * The third promise, on the real kernel: whatever a name, a label or a template holds is refused
 * with a message, or becomes rules inside our chains, as they were shown, and nothing else.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectInputs } from '../../src/app/inputs.ts';
import { hasErrors } from '../../src/diagnostic/diagnostic.ts';
import { comparableLines } from '../../src/iptables/print.ts';
import type { Wanted } from '../../src/iptables/wanted.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { patchedBoth } from '../support/diff.ts';
import { dockerInspect, dockerSnapshot } from '../support/docker.ts';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { hostileName } from '../support/hostile-names.ts';
import { saved, savedBoth } from '../support/iptables.ts';
import { families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { carryOut, live } from '../support/live-rules.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { createWorkspace } from '../support/workspace.ts';

type Files = Readonly<Record<string, string>>;

/** YAML reads what JSON writes. */
const rules = (ruleSet: object): string => `${JSON.stringify(ruleSet)}\n`;

const networks = { frontend: { ipv4: '172.18.0.2', ipv6: '2001:db8:18::2' } };
const entry = { ext_ip: '203.0.113.43', int_ip: '10.0.0.101', ports: 25 };

/** A template that says of every mapping one line more, with the name in it. */
const templateWith = (name: string) =>
  `*nat\n-A NATMAP -p tcp --dport 80 -m comment --comment ${name} -j RETURN\n`;

/** Where a name may stand: the input files of natmap. */
const places: readonly [string, (name: string) => Files][] = [
  [
    'the label of an entry',
    (name) => ({ 'rules.d/a.yaml': rules({ dnat: [{ ...entry, name }] }) }),
  ],
  [
    'the name of a service that is no container',
    (name) => ({
      'rules.d/a.yaml': rules({ docker: [{ target_ip: '10.0.0.9', name, ports: ['9100'] }] }),
    }),
  ],
  [
    'the name of a container',
    (name) => ({
      'rules.d/a.yaml': rules({ docker: [{ container: name, ports: ['8080:80', 9000] }] }),
      'docker.json': dockerInspect({ name, networks }),
    }),
  ],
  [
    'a compose project and service',
    (name) => ({
      'rules.d/a.yaml': rules({ docker: [{ container: `${name}/${name}`, ports: ['8080:80'] }] }),
      'docker.json': dockerInspect({
        name: 'web',
        networks,
        labels: { 'com.docker.compose.project': name, 'com.docker.compose.service': name },
      }),
    }),
  ],
  [
    'a label that asks for ports, of a container chosen by it',
    (name) => ({
      'rules.d/a.yaml': rules({
        publish: [{ from: 'labels', select: { label: { 'natmap.ports': name } } }],
      }),
      'docker.json': dockerInspect({ name: 'web', networks, labels: { 'natmap.ports': name } }),
    }),
  ],
  [
    'a network beside a masqueraded one',
    (name) => ({
      'rules.d/a.yaml': rules({ masquerade: ['front'] }),
      'docker.json': dockerSnapshot(
        [],
        [
          { name: 'front', bridge: 'br-front', subnets: ['172.18.0.0/16', '2001:db8:18::/64'] },
          { name, bridge: 'br-back' },
        ],
      ),
    }),
  ],
  [
    'a name that a template quotes',
    (name) => ({
      'rules.d/a.yaml': rules({ dnat: [{ ...entry, name }] }),
      'templates/dnat.njk': templateWith('{{ name | quote }}'),
    }),
  ],
  [
    'a name that a template does not quote',
    (name) => ({
      'rules.d/a.yaml': rules({ dnat: [{ ...entry, name }] }),
      'templates/dnat.njk': templateWith('{{ name }}'),
    }),
  ],
];

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test.each(places)('%s cannot bring anything into other chains', async (_, filesOf) => {
    await using ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    const before = await foreignRules(ns, variant);
    await fc.assert(
      fc.asyncProperty(hostileName, async (name) => {
        const wanted = await compiled(filesOf(name));
        for (const each of wanted ?? []) await apply(ns, variant, each);
        expect(await foreignRules(ns, variant)).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });

  test('diff shows what hostile names become, and apply makes that', async () => {
    await using ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    const services = (await acceptedOf(new Set(fc.sample(hostileName, 200))))
      .slice(0, 20)
      .map((name, index) => ({ target_ip: '10.0.0.9', name, ports: [`${9000 + index}:80`] }));
    expect(services.length).toBeGreaterThan(5);
    using files = createWorkspace({ 'rules.d/a.yaml': rules({ docker: services }) });
    const inputs = ['--rules', files.file('rules.d')];
    const before = await savedBoth(ns, variant);
    const diff = await natmap(ns, variant, ['diff', ...inputs]);
    expect(diff).toMatchObject({ code: 1, stderr: '' });
    await mustNatmap(ns, variant, ['apply', ...inputs]);
    expect(await savedBoth(ns, variant)).toEqual(patchedBoth(before, diff.stdout));
  });
});

/** What natmap wants of both families, or null after an error that says where and what. */
async function compiled(files: Files): Promise<readonly Wanted[] | null> {
  using workspace = createWorkspace(files);
  const { wanted, diagnostics } = await collectInputs({
    rules: workspace.file('rules.d'),
    ...('docker.json' in files ? { docker: workspace.file('docker.json') } : {}),
    ...('templates/dnat.njk' in files ? { templates: workspace.file('templates') } : {}),
    family: 'all',
    color: 'never',
  });
  if (!hasErrors(diagnostics)) return wanted;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors).not.toContainEqual(expect.objectContaining({ message: '' }));
  return null;
}

async function acceptedOf(names: ReadonlySet<string>): Promise<string[]> {
  const accepted = [];
  for (const name of names) {
    const services = [{ target_ip: '10.0.0.9', name, ports: ['9100'] }];
    const wanted = await compiled({ 'rules.d/a.yaml': rules({ docker: services }) });
    if (wanted !== null) accepted.push(name);
  }
  return accepted;
}

/**
 * Applies what is wanted, which becomes what was planned. Of rules with matches that the model does
 * not know, iptables may print other words or refuse the whole.
 */
async function apply(ns: Namespace, variant: Variant, wanted: Wanted): Promise<void> {
  const { family, chains } = wanted;
  const plan = makePlan(await live(ns, variant, family), applyGoal(wanted), variant);
  const { code } = await carryOut(ns, variant, plan);
  if (chains.some(({ rules: all }) => all.some(({ verbatim }) => verbatim))) return;
  expect(code).toBe(0);
  expect(await saved(ns, variant, family)).toEqual(comparableLines(plan.after));
}

/** What stands outside of our chains, without the jumps to them, found by nothing but the text. */
async function foreignRules(ns: Namespace, variant: Variant): Promise<string[]> {
  const ours = /^(:NATMAP\S* -|-A NATMAP\S* .*|-A \S+ -j NATMAP(-OUTPUT|-POSTROUTING)?)$/;
  const lines = await Promise.all(families.map((family) => saved(ns, variant, family)));
  return lines.flat().filter((line) => !ours.test(line));
}
