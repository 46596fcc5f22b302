/** Going back to what was before an apply, whatever others have changed since. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDockerRuleset } from '../../support/docker-ruleset.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { iptables, savedBoth } from '../../support/iptables.ts';
import { validJson } from '../../support/json-schema.ts';
import { kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace } from '../../support/namespace.ts';
import { mustNatmap, natmap } from '../../support/natmap.ts';

const one = inlineRules(everyKind);
const two = inlineRules(otherRules);

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  async function dockerHost() {
    const ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    return ns;
  }

  test('one back is the state before the last apply, two back that before the one before', async () => {
    await using ns = await dockerHost();
    const empty = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', ...one]);
    const first = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', ...two]);
    await mustNatmap(ns, variant, ['rollback']);
    expect(await savedBoth(ns, variant)).toEqual(first);
    await mustNatmap(ns, variant, ['rollback', '2']);
    expect(await savedBoth(ns, variant)).toEqual(empty);
  });

  test('an apply of one family only hides nothing of the other from the ones that came after', async () => {
    await using ns = await dockerHost();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const first = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', '--family', 'ipv4', ...two]);
    await mustNatmap(ns, variant, ['apply', ...two]);
    await mustNatmap(ns, variant, ['rollback', '2']);
    expect(await savedBoth(ns, variant)).toEqual(first);
  });

  test('going back twice by one is going back once', async () => {
    await using ns = await dockerHost();
    await mustNatmap(ns, variant, ['apply', ...one]);
    await mustNatmap(ns, variant, ['apply', ...two]);
    await mustNatmap(ns, variant, ['rollback']);
    const { stdout } = await mustNatmap(ns, variant, ['rollback']);
    expect(stdout).toBe('nothing to do: the live rules are in sync\n');
  });

  test('a flush can be undone', async () => {
    await using ns = await dockerHost();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const applied = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['flush']);
    await mustNatmap(ns, variant, ['rollback']);
    expect(await savedBoth(ns, variant)).toEqual(applied);
  });

  test('what others have changed since stays', async () => {
    await using ns = await dockerHost();
    await mustNatmap(ns, variant, ['apply', ...one]);
    await iptables(ns, variant, '-t filter -I DOCKER-USER -p udp -j DROP');
    await iptables(ns, variant, '-t nat -A PREROUTING -p tcp --dport 9999 -j REDIRECT');
    await mustNatmap(ns, variant, ['rollback']);
    const { ipv4, ipv6 } = await savedBoth(ns, variant);
    for (const lines of [ipv4, ipv6]) {
      expect(lines).toContain('-A DOCKER-USER -p udp -j DROP');
      expect(lines).toContain('-A PREROUTING -p tcp -m tcp --dport 9999 -j REDIRECT');
      expect(lines.join('\n')).not.toContain('NATMAP');
    }
  });

  test('history lists what was done, newest first, and a rollback shows its diff', async () => {
    await using ns = await dockerHost();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const { stdout } = await mustNatmap(ns, variant, ['rollback']);
    expect(stdout).toContain('-:NATMAP -\n');
    const history = await mustNatmap(ns, variant, ['history', '--json']);
    const { applies } = validJson(history.stdout) as {
      applies: { sources: { sha256: string }[] }[];
    };
    expect(applies).toMatchObject([
      { back: null, kind: 'rollback', summary: expect.stringMatching(/removed/) },
      { back: 1, kind: 'apply', backends: { ipv4: variant, ipv6: variant }, interrupted: false },
    ]);
    expect(applies[1]?.sources[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the last 20 applies are kept', async () => {
    await using ns = await createNamespace();
    for (let time = 0; time < 11; time++) {
      await mustNatmap(ns, variant, ['apply', '--family', 'ipv4', ...one]);
      await mustNatmap(ns, variant, ['flush', '--family', 'ipv4']);
    }
    const { stdout } = await mustNatmap(ns, variant, ['history']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(20);
  });

  test.each([
    ['more than is on the record', ['rollback', '2'], 'the record goes back by 1'],
    ['no number', ['rollback', 'all'], 'whole number'],
  ])('%s is refused', async (_, args, message) => {
    await using ns = await dockerHost();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const before = await savedBoth(ns, variant);
    const { code, stderr } = await natmap(ns, variant, args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(await savedBoth(ns, variant)).toEqual(before);
  });

  test('a torn record is refused', async () => {
    await using ns = await dockerHost();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const path = join(ns.directory, 'state/history/000001/before.v4');
    writeFileSync(path, readFileSync(path, 'utf8').split('*nat')[0] ?? '');
    const before = await savedBoth(ns, variant);
    const { code, stderr } = await natmap(ns, variant, ['rollback']);
    expect(stderr).toContain('is torn');
    expect(code).toBe(2);
    expect(await savedBoth(ns, variant)).toEqual(before);
  });
});
