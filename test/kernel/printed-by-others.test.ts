/** Rules and chains of others that iptables-save prints in ways that are hard to read. */
import { describe, expect, test } from 'vitest';
import { everyKind, inlineRules } from '../support/inputs.ts';
import { chain, iptables, program, saved, savedBoth } from '../support/iptables.ts';
import { kernelReason, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap } from '../support/natmap.ts';
import { scriptedShims } from '../support/shims.ts';

const rules = inlineRules(everyKind);

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('a chain whose name begins with a quote keeps its jump, and natmap makes one of its own', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...rules]);
    await iptables(ns, variant, '-N "x');
    await iptables(ns, variant, '-A FORWARD -j "x');
    const before = await savedBoth(ns, variant);
    for (const _ of [1, 2]) await mustNatmap(ns, variant, ['apply', ...rules]);
    expect(await savedBoth(ns, variant)).toEqual(before);
    await mustNatmap(ns, variant, ['flush']);
    const left = await saved(ns, variant, 'ipv4');
    expect(left).toContain('-A FORWARD -j "x');
    expect(chain(left, 'filter', 'DOCKER-USER')).toEqual([]);
    await mustNatmap(ns, variant, ['apply', ...rules]);
    expect(chain(await saved(ns, variant, 'ipv4'), 'filter', 'DOCKER-USER')).toEqual([
      '-A DOCKER-USER -j NATMAP',
    ]);
  });
});

describe.skipIf(kernelReason())('iptables-nft before 1.8.8', () => {
  test('prints a blank behind a rule without a target, which is no part of it', async () => {
    await using ns = await createNamespace();
    await iptables(ns, 'nft', '-A FORWARD -m conntrack --ctstate INVALID');
    await iptables(ns, 'nft', '-t nat -A POSTROUTING -p tcp');
    const script = `$REAL "$@" | sed -E '/^(\\[[0-9:]+\\] )?-A / { / -j /! s/$/ /; }'`;
    using shims = scriptedShims([program('nft', 'ipv4', '-save')], script);
    for (const command of [['apply', ...rules], ['apply', ...rules], ['flush'], ['rollback']]) {
      await mustNatmap(ns, 'nft', command, { env: shims.env });
    }
    const left = await saved(ns, 'nft', 'ipv4');
    expect(left).toContain('-A FORWARD -m conntrack --ctstate INVALID');
    expect(left).toContain('-A POSTROUTING -p tcp');
  });
});
