// iptables of one backend and ip6tables of the other: each family is read, changed, recorded and brought
// back by its own programs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Alternatives, alternatives } from '../support/alternatives.ts';
import { everyKind, inlineRules, otherRules } from '../support/inputs.ts';
import { saved } from '../support/iptables.ts';
import { type Family, families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap, repository } from '../support/natmap.ts';

const rules = inlineRules(everyKind);
const other = inlineRules(otherRules);
const script = `${repository}packaging/restore-last-good`;

const splits: readonly Alternatives[] = [
  { ipv4: 'nft', ipv6: 'legacy' },
  { ipv4: 'legacy', ipv6: 'nft' },
];

const opposite: Readonly<Record<Variant, Variant>> = { nft: 'legacy', legacy: 'nft' };

/** The lines that name a chain of natmap's, in a backend of a family. */
async function ours(ns: Namespace, variant: Variant, family: Family): Promise<string[]> {
  return (await saved(ns, variant, family)).filter((line) => line.includes('NATMAP'));
}

/** Those of each family in its own backend; there must be none in the other one. */
async function oursBoth(ns: Namespace, split: Alternatives): Promise<Record<Family, string[]>> {
  for (const family of families) {
    expect(await ours(ns, opposite[split[family]], family)).toEqual([]);
  }
  return {
    ipv4: await ours(ns, split.ipv4, 'ipv4'),
    ipv6: await ours(ns, split.ipv6, 'ipv6'),
  };
}

const mix = 'natmap uses each as it is';

const none = { ipv4: [], ipv6: [] };

describe.skipIf(kernelReason()).each(splits)('iptables is $ipv4, ip6tables is $ipv6', (split) => {
  test('an apply warns of it and fills each in its own backend, and a flush empties both', async () => {
    await using ns = await createNamespace();
    using links = alternatives(split);
    const { stderr } = await mustNatmap(ns, 'auto', ['apply', ...rules], links);
    expect(stderr).toContain(
      `warning: iptables is ${split.ipv4} and ip6tables is ${split.ipv6}: ${mix}`,
    );
    const after = await oursBoth(ns, split);
    expect(after.ipv4).not.toEqual([]);
    expect(after.ipv6).not.toEqual([]);
    await mustNatmap(ns, 'auto', ['diff', ...rules], links);
    await mustNatmap(ns, 'auto', ['flush'], links);
    expect(await oursBoth(ns, split)).toEqual(none);
  });

  test.each(['env', 'only'] as const)(
    'what nobody confirms goes in both families (programs: %s)',
    async (programs) => {
      await using ns = await createNamespace();
      using links = alternatives(split);
      const env = links[programs];
      await mustNatmap(ns, 'auto', ['apply', ...rules], { env });
      const before = await oursBoth(ns, split);
      await mustNatmap(ns, 'auto', ['apply', '--confirm', '1', ...other], { env });
      expect(await oursBoth(ns, split)).not.toEqual(before);
      await expect.poll(() => oursBoth(ns, split), { timeout: 20_000 }).toEqual(before);
    },
  );

  test('a rollback goes back in the backends of the apply, whatever the programs are by then', async () => {
    await using ns = await createNamespace();
    using links = alternatives(split);
    await mustNatmap(ns, 'auto', ['apply', ...rules], links);
    const before = await oursBoth(ns, split);
    await mustNatmap(ns, 'auto', ['apply', ...other], links);
    links.point({ ipv4: split.ipv6, ipv6: split.ipv4 });
    await mustNatmap(ns, 'auto', ['rollback'], links);
    expect(await oursBoth(ns, split)).toEqual(before);
    const [newest] = JSON.parse((await natmap(ns, 'auto', ['history', '--json'])).stdout).applies;
    expect(newest.backends).toEqual(split);
  });

  test('a rollback that is reported another backend changes nothing', async () => {
    await using ns = await createNamespace();
    using links = alternatives(split);
    await mustNatmap(ns, 'auto', ['apply', ...rules], links);
    const before = await oursBoth(ns, split);
    const { code, stderr } = await natmap(ns, 'nft', ['rollback'], links);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /made with ip6?tables-legacy, and this is ip6?tables-nft\n.*leave --backend out/,
    );
    expect(await oursBoth(ns, split)).toEqual(before);
  });

  test('a saved plan is for the backend of each family', async () => {
    await using ns = await createNamespace();
    using links = alternatives(split);
    const file = join(ns.directory, 'plan.json');
    await mustNatmap(ns, 'auto', ['plan', '-o', file, ...rules], links);
    const { families: planned } = JSON.parse(readFileSync(file, 'utf8'));
    expect(planned.map(({ backend }: { backend: string }) => backend)).toEqual([
      split.ipv4,
      split.ipv6,
    ]);
    const refused = await natmap(ns, split.ipv4, ['apply', file], links);
    expect(refused.stderr).toContain(
      `the plan is for ip6tables-${split.ipv6}, and this is ip6tables-${split.ipv4}`,
    );
    expect(refused.code).toBe(2);
    expect(await oursBoth(ns, split)).toEqual(none);
    await mustNatmap(ns, 'auto', ['apply', file], links);
    expect(await oursBoth(ns, split)).not.toEqual(none);
  });

  test('a boot loads each family into its own backend, and the next apply has nothing to do', async () => {
    await using host = await createNamespace();
    await using ns = await createNamespace();
    using links = alternatives(split);
    await mustNatmap(host, 'auto', ['apply', ...rules], links);
    const env = { ...links.env, NATMAP_STATE_DIR: host.env.NATMAP_STATE_DIR ?? '' };
    expect(await ns.run('sh', [script], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(await oursBoth(ns, split)).toEqual(await oursBoth(host, split));
    await mustNatmap(ns, 'auto', ['diff', ...rules], links);
  });
});

describe.skipIf(kernelReason()).each(variants)('both are %s', (variant) => {
  test('there is no word of a mix, nor where one family alone is asked for', async () => {
    await using ns = await createNamespace();
    using alike = alternatives({ ipv4: variant, ipv6: variant });
    expect((await mustNatmap(ns, 'auto', ['apply', ...rules], alike)).stderr).not.toContain(mix);
    using mixed = alternatives({ ipv4: variant, ipv6: opposite[variant] });
    const family = ['--family', 'ipv4'];
    const { stderr } = await mustNatmap(ns, 'auto', ['diff', ...rules, ...family], mixed);
    expect(stderr).not.toContain(mix);
  });
});
