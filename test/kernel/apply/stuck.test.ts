/** An apply fails, and going back fails too: exit 5, and what is printed to run by hand goes back. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDockerRuleset } from '../../support/docker-ruleset.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { program, type Saved, savedBoth } from '../../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmap, repository } from '../../support/natmap.ts';
import type { Result } from '../../support/process.ts';
import { type Shims, scriptedShims } from '../../support/shims.ts';

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

/** IPv6 is always refused, and IPv4 from its second load on. */
function refusing(variant: Variant): Shims {
  const names = [program(variant, 'ipv4', '-restore'), program(variant, 'ipv6', '-restore')];
  const script = `case "$*" in *--test*) exec $REAL "$@";; esac
payload=$(cat)
mark="$(dirname "$0")/loaded"
case "$REAL" in *ip6tables*) echo "no" >&2; exit 1;; esac
[ -e "$mark" ] && { echo "no way back" >&2; exit 1; }
touch "$mark"
printf '%s\\n' "$payload" | $REAL "$@"`;
  return scriptedShims(names, script);
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  async function stuckHost(): Promise<{ ns: Namespace; state: Saved; result: Result }> {
    const ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    await mustNatmap(ns, variant, ['apply', ...before]);
    const state = await savedBoth(ns, variant);
    using shims = refusing(variant);
    const stateDir = join(ns.directory, 'another state');
    const result = await natmap(ns, variant, ['apply', '--state-dir', stateDir, ...wanted], {
      env: shims.env,
    });
    expect(result.code).toBe(5);
    expect(result.stderr).toContain('the revert failed too: ipv4: ');
    expect(await savedBoth(ns, variant)).not.toEqual(state);
    return { ns, state, result };
  }

  /** The lines that stand indented at the end of the message. */
  const commandsIn = ({ stderr }: Result) =>
    (stderr.split('Fix the error above')[1] ?? '').match(/^ {2}\S.*$/gm) ?? [];

  test.each([
    ['natmap rollback', 0],
    ['iptables-restore', 1],
  ])('%s as it is printed brings the state before back', async (_, nth) => {
    const { ns, state, result } = await stuckHost();
    await using _ns = ns;
    const commands = commandsIn(result);
    expect(commands).toHaveLength(2);
    const natmapOnPath = `natmap() { '${process.execPath}' ${repository}dist/natmap.js "$@"; }`;
    await ns.mustRun('bash', ['-ec', `${natmapOnPath}\n${commands[nth]}`]);
    expect(await savedBoth(ns, variant)).toEqual(state);
  });

  test('the next apply goes through', async () => {
    const { ns } = await stuckHost();
    await using _ns = ns;
    await mustNatmap(ns, variant, ['apply', ...wanted]);
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...wanted]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
    expect(existsSync(join(ns.directory, 'another state/history/000001-interrupted'))).toBe(true);
  });
});
