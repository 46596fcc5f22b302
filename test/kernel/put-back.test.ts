/**
 * The second promise, as far as one failure tests it: when a restore is refused, or loses a rule, the
 * rules of the kernel are as they were before. In place of iptables-restore stand scripts that fail
 * once and are honest otherwise, so that going back can work.
 */
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { everyKind, inlineRules, otherRules } from '../support/inputs.ts';
import { iptables, program, savedBoth } from '../support/iptables.ts';
import { type Family, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { scriptedShims } from '../support/shims.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

/** A shell script: `once` in place of the first load that is no test and has `words` in it. */
function failing(words: string, once: string): string {
  return `case " $* " in *" --test "*) exec $REAL "$@" ;; esac
payload=$(cat)
mark="$(dirname "$0")/failed"
case "$payload" in
  *"${words}"*) [ -e "$mark" ] || { touch "$mark"; ${once}; } ;;
esac
printf '%s\\n' "$payload" | $REAL "$@"`;
}

const refuse = 'echo "iptables-restore: line 3 failed" >&2; exit 1';
const loseRule = 'payload=$(printf "%s\\n" "$payload" | grep -v -e "-j DNAT")';

const failures = [
  ['filter is refused', 'ipv4', failing('*filter', refuse)],
  ['nat is refused after filter', 'ipv4', failing('*nat', refuse)],
  ['IPv6 is refused after IPv4', 'ipv6', failing('*filter', refuse)],
  ['rules get lost on the way', 'ipv4', failing('-j DNAT', loseRule)],
] as const;

const before = inlineRules(everyKind);
const wanted = inlineRules(otherRules);

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  const names = (family: Family) => [
    program(variant, family, '-restore'),
    `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-restore`,
  ];

  async function dockerHost(kind: Variant): Promise<Namespace> {
    const ns = await createNamespace();
    await loadDockerRuleset(ns, kind);
    return ns;
  }

  test.each(failures)('a first apply leaves nothing when %s', async (_, family, script) => {
    await using ns = await dockerHost(variant);
    using shims = scriptedShims(names(family), script);
    const state = await savedBoth(ns, variant);
    const { code, stderr } = await natmap(ns, variant, ['apply', ...wanted], { env: shims.env });
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(stderr).not.toBe('');
    expect(code).toBe(4);
  });

  test.each(failures)(
    'a change leaves the rules as they were when %s',
    async (_, family, script) => {
      await using ns = await dockerHost(variant);
      await mustNatmap(ns, variant, ['apply', ...before]);
      using shims = scriptedShims(names(family), script);
      const state = await savedBoth(ns, variant);
      const { code } = await natmap(ns, variant, ['apply', ...wanted], { env: shims.env });
      expect(await savedBoth(ns, variant)).toEqual(state);
      expect(code).toBe(4);
    },
  );

  test.each([
    ['prints nothing that is understood', 'echo nonsense; exit 0'],
    ['prints rules in another way', '$REAL "$@" | sed "s/ -j DNAT/ --jump DNAT/"; exit 0'],
    ['fails', 'echo "no" >&2; exit 1'],
  ])(
    'a change leaves the rules as they were when iptables-save, asked again, %s',
    async (_, once) => {
      await using ns = await dockerHost(variant);
      await mustNatmap(ns, variant, ['apply', ...before]);
      const second = `calls="$(dirname "$0")/calls"
echo >> "$calls"
[ "$(wc -l < "$calls")" -ne 2 ] || { ${once}; }
exec $REAL "$@"`;
      using shims = scriptedShims([program(variant, 'ipv4', '-save')], second);
      const state = await savedBoth(ns, variant);
      const { code, stderr } = await natmap(ns, variant, ['apply', ...wanted], { env: shims.env });
      expect(await savedBoth(ns, variant)).toEqual(state);
      expect(stderr).toContain('the previous rules are restored');
      expect(code).toBe(4);
    },
  );

  test('a change leaves the rules as they were when the program of the second load is gone', async () => {
    await using ns = await dockerHost(variant);
    await mustNatmap(ns, variant, ['apply', ...before]);
    const second = program(variant, 'ipv6', '-restore');
    const removeIt = `case " $* " in *" --test "*) ;; *) rm -f "$(dirname "$0")/${second}" ;; esac
exec $REAL "$@"`;
    using shims = scriptedShims([program(variant, 'ipv4', '-restore'), second], removeIt);
    using others = programsWithout(second);
    const env = { PATH: `${shims.folder}:${others.path}` };
    const state = await savedBoth(ns, variant);
    const { code, stderr } = await natmap(ns, variant, ['apply', ...wanted], { env });
    expect(stderr).toContain(`${second} was not found on the PATH`);
    expect(stderr).toContain('the previous rules are restored');
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(code).toBe(4);
  });

  test('nothing is touched where a rule owned by natmap could not be put back', async () => {
    await using ns = await dockerHost(variant);
    await iptables(ns, variant, '-N NATMAP');
    const comment = ['-m', 'comment', '--comment', 'one\nline more', '-j', 'RETURN'];
    await ns.mustRun(program(variant, 'ipv4'), ['--wait', '-A', 'NATMAP', ...comment]);
    using shims = scriptedShims(names('ipv4'), failing('*nat', refuse));
    const state = await savedBoth(ns, variant);
    const args = ['apply', '--take-over', ...wanted];
    const { code, stderr } = await natmap(ns, variant, args, { env: shims.env });
    expect(stderr).toContain('a live rule holds a line break, and has to be removed by hand');
    expect(await savedBoth(ns, variant)).toEqual(state);
    expect(code).toBe(4);
  });

  test("iptables' own words are in the message", async () => {
    await using ns = await dockerHost(variant);
    using shims = scriptedShims(names('ipv4'), failing('*filter', refuse));
    const { stderr } = await natmap(ns, variant, ['apply', ...wanted], { env: shims.env });
    expect(stderr).toContain('iptables-restore: line 3 failed');
  });
});

/** A folder of all programs on the PATH but one. */
function programsWithout(missing: string): Workspace {
  const folder = createWorkspace();
  for (const from of (process.env.PATH ?? '').split(':').filter((path) => existsSync(path))) {
    for (const name of readdirSync(from)) {
      const link = folder.file(name);
      if (name !== missing && !existsSync(link)) symlinkSync(join(from, name), link);
    }
  }
  return folder;
}
