/** A signal in the middle of an apply: the state before comes back, and the exit code says which. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startNatmap } from '../../support/background.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { program, savedBoth } from '../../support/iptables.ts';
import { kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace } from '../../support/namespace.ts';
import { mustNatmap } from '../../support/natmap.ts';
import { scriptedShims } from '../../support/shims.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

/** Says that the first load has begun, and gives the signal a second to come. */
const slow = `case "$*" in *--test*) exec $REAL "$@";; esac
mark="$(dirname "$0")/begun"
[ -e "$mark" ] || { touch "$mark"; sleep 1; }
exec $REAL "$@"`;

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test.each(signals)('%s to the process group puts our part back', async (signal, expected) => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...before]);
    const state = await savedBoth(ns, variant);
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], slow);
    const mark = `${shims.env.PATH.split(':')[0]}/begun`;
    const running = startNatmap(ns, variant, ['apply', ...wanted], { env: shims.env });
    while (!existsSync(mark)) await sleep(10);
    running.signalGroup(signal);
    const { code, stderr } = await running.ended;
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(stderr).toContain(`was ended by ${signal}`);
    expect(stderr).toMatch(/\n {4}hint: run it again\n$/);
    expect(code).toBe(expected);
  });

  test('the next apply goes through', async () => {
    await using ns = await createNamespace();
    using shims = scriptedShims([program(variant, 'ipv4', '-restore')], slow);
    const mark = `${shims.env.PATH.split(':')[0]}/begun`;
    const running = startNatmap(ns, variant, ['apply', ...wanted], { env: shims.env });
    while (!existsSync(mark)) await sleep(10);
    running.signal('SIGTERM');
    await running.ended;
    const { stdout } = await mustNatmap(ns, variant, ['apply', ...wanted]);
    expect(stdout).toMatch(/rules added/);
  });
});
