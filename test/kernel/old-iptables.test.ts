/** Hosts whose iptables says that it is older than natmap supports. */
import { describe, expect, test } from 'vitest';
import { everyKind, inlineRules } from '../support/inputs.ts';
import { program, savedBoth } from '../support/iptables.ts';
import { families, kernelReason } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { scriptedShims } from '../support/shims.ts';

const rules = inlineRules(everyKind);
const shimmed = families.flatMap((family) =>
  ['', '-save'].map((suffix) => program('nft', family, suffix)),
);
const script = '$REAL "$@" | sed -E "s/ v1[.][0-9.]+/ v1.8.4/"';

describe.skipIf(kernelReason())('with iptables 1.8.4', () => {
  test.each([
    ['apply', ...rules],
    ['apply', '--dry-run', ...rules],
  ])('%s %s is rejected before anything is written', async (...args) => {
    await using ns = await createNamespace();
    using shims = scriptedShims(shimmed, script);
    const { code, stderr } = await natmap(ns, 'nft', args, { env: shims.env });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('iptables 1.8.4 is older than 1.8.5'),
    });
    expect((await savedBoth(ns, 'nft')).ipv4).toEqual([]);
  });

  test('flush removes what is there, with a warning', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, 'nft', ['apply', ...rules]);
    using shims = scriptedShims(shimmed, script);
    const { stderr } = await mustNatmap(ns, 'nft', ['flush'], { env: shims.env });
    expect(stderr).toContain('warning: ipv4: iptables 1.8.4 is older than 1.8.5');
    expect((await savedBoth(ns, 'nft')).ipv4.join('\n')).not.toContain('NATMAP');
  });
});
