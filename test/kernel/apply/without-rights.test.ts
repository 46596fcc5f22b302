/** Where natmap cannot work at all it says so before anything is touched, and what would be right. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everyKind, inlineRules } from '../../support/inputs.ts';
import { savedBoth } from '../../support/iptables.ts';
import { kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace } from '../../support/namespace.ts';
import { natmap, natmapCommand } from '../../support/natmap.ts';

const rules = inlineRules(everyKind);

/** A user id that nobody has to have. */
const user = 65_533;

const changing = [['apply', ...rules], ['flush'], ['rollback'], ['confirm']];

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test.each([
    ['closed to others', 0o700],
    ['open to them', 0o755],
  ] as const)(
    'a forgotten sudo is exit 2 and "use sudo", with a state folder that is %s',
    async (_, mode) => {
      await using ns = await createNamespace();
      chmodSync(ns.directory, 0o755);
      mkdirSync(join(ns.directory, 'state'));
      chmodSync(join(ns.directory, 'state'), mode);
      for (const args of changing) {
        const { code, stderr } = await natmap(ns, variant, args, { user });
        expect([args[0], code, stderr]).toEqual([args[0], 2, expect.stringContaining('use sudo')]);
      }
    },
  );

  test.each(changing)('without /proc, %s says how to mount it', async (...args) => {
    await using ns = await createNamespace();
    const before = await savedBoth(ns, variant);
    const script = 'mount -t tmpfs none /proc; exec "$@"';
    const command = ['sh', '-c', script, 'sh', ...natmapCommand(variant, args)];
    const { code, stderr } = await ns.run('unshare', ['--mount', ...command]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('mount -t proc proc /proc')]);
    expect(await savedBoth(ns, variant)).toEqual(before);
  });
});
