/**
 * Another writer changes the live rules after natmap has read them. In place of iptables-restore
 * stands a script that lets him in at that very moment.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everyKind, inlineRules } from '../../support/inputs.ts';
import { chain, program, save, saved, savedBoth } from '../../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../../support/kernel.ts';
import { createNamespace, type Namespace } from '../../support/namespace.ts';
import { mustNatmap, natmap } from '../../support/natmap.ts';
import { which } from '../../support/process.ts';
import { type Shims, scriptedShims } from '../../support/shims.ts';

const rules = inlineRules(everyKind);

const daemonRule = (port: number) =>
  `PREROUTING -p tcp -m tcp --dport ${port} -m comment --comment natmap:old:${port} -j DNAT --to-destination 10.9.9.9`;

/** A host with rules that the daemon left: natmap's payload deletes them, and fails without them. */
async function daemonHost(variant: Variant, ports: readonly number[]): Promise<Namespace> {
  const ns = await createNamespace();
  for (const port of ports) await edit(ns, variant, `-A ${daemonRule(port)}`);
  return ns;
}

async function edit(ns: Namespace, variant: Variant, args: string): Promise<void> {
  await ns.mustRun(program(variant, 'ipv4'), ['-w', '-t', 'nat', ...args.split(' ')]);
}

/** Before each load that deletes a rule, another writer deletes the first one of the daemon's. */
function meddling(variant: Variant, times: number): string {
  const iptables = which(program(variant, 'ipv4'));
  return `payload=$(cat)
count="$(dirname "$0")/count"
case "$payload $*" in
  *--test*) ;;
  *"-D PREROUTING"*)
    echo x >> "$count"
    if [ $(wc -l < "$count") -le ${times} ]; then
      ${iptables} -w -t nat -D PREROUTING 1
    fi ;;
esac
printf '%s\\n' "$payload" | exec $REAL "$@"`;
}

/** A rule that iptables does not find by its text: natmap deletes it by its number. */
const unnameableRule =
  'PREROUTING -p tcp -m recent --set --name x -m comment --comment natmap:old:1 -j DNAT --to-destination 10.9.9.9';

/** Another writer inserts this rule as soon as the rules were read for the first time. */
function insertingAfterTheFirst(variant: Variant, rule: string): string {
  const insert = rule.replace(' ', ' 1 ');
  return `$REAL "$@"
count="$(dirname "$0")/count"
if [ ! -e "$count" ]; then
  touch "$count"
  ${which(program(variant, 'ipv4'))} -w -t nat -I ${insert}
fi`;
}

/** The daemon adds its rule when nat was loaded; after each of the next three readings another writer inserts one. */
function insertingIntoTheRevert(variant: Variant): Shims {
  const iptables = `${which(program(variant, 'ipv4'))} -w -t nat`;
  const mark = '"$(dirname "$0")/loaded"';
  const load = `case "$*" in *--test*) exec $REAL "$@";; esac
payload=$(cat)
printf '%s\n' "$payload" | $REAL "$@"
case "$payload" in
  *"*nat"*) [ -e ${mark} ] || { ${iptables} -A ${unnameableRule}; touch ${mark}; } ;;
esac`;
  const read = `$REAL "$@"
if [ -e ${mark} ] && [ $(wc -l < ${mark}) -lt 3 ]; then
  echo x >> ${mark}
  ${iptables} -I PREROUTING -p tcp -m tcp --dport 98 -j ACCEPT
fi`;
  const kinds = `case "$0" in *-restore) ${load} ;; *) ${read} ;; esac`;
  return scriptedShims(
    [program(variant, 'ipv4', '-restore'), program(variant, 'ipv4', '-save')],
    kinds,
  );
}

function loadsOf(shims: Shims): number {
  return shims.calls().filter((call) => !call.includes('--test')).length;
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  const names = [program(variant, 'ipv4', '-restore')];

  test('a race that is lost is planned again', async () => {
    await using ns = await daemonHost(variant, [1, 2, 3]);
    using shims = scriptedShims(names, meddling(variant, 2));
    await mustNatmap(ns, variant, ['apply', ...rules], { env: shims.env });
    expect(loadsOf(shims)).toBeGreaterThan(2);
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...rules]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
    expect(await save(ns, variant, 'ipv4')).not.toContain('natmap:old');
  });

  test('a race that is lost five times leaves our part as it was', async () => {
    await using ns = await daemonHost(variant, [1, 2, 3, 4, 5, 6, 7]);
    using shims = scriptedShims(names, meddling(variant, 100));
    const { code, stderr } = await natmap(ns, variant, ['apply', ...rules], { env: shims.env });
    expect(code).toBe(4);
    expect(stderr).toContain('the previous rules are restored');
    // What the other writer deleted himself was in the state before, and comes back with it.
    const left = await saved(ns, variant, 'ipv4');
    expect(left.filter((line) => line.includes('natmap:old'))).toHaveLength(7);
    expect(left.join('\n')).not.toContain('NATMAP');
  });

  test('a race that a saved plan loses is not planned again: the plan still fits what is back', async () => {
    await using ns = await daemonHost(variant, [1, 2, 3]);
    const file = join(ns.directory, 'plan.json');
    await mustNatmap(ns, variant, ['plan', '-o', file, ...rules]);
    using shims = scriptedShims(names, meddling(variant, 1));
    const { code, stderr } = await natmap(ns, variant, ['apply', file], { env: shims.env });
    expect(code).toBe(4);
    expect(stderr).toContain('the previous rules are restored');
    await mustNatmap(ns, variant, ['apply', file]);
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...rules]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
  });

  test('no rule of others is deleted by a number that an insertion has moved', async () => {
    await using ns = await createNamespace();
    const theirs = 'PREROUTING -p tcp -m tcp --dport 99 -j ACCEPT';
    const inserted = 'PREROUTING -p tcp -m tcp --dport 98 -j ACCEPT';
    await edit(ns, variant, `-A ${theirs}`);
    await edit(ns, variant, `-A ${unnameableRule}`);
    using shims = scriptedShims(
      [program(variant, 'ipv4', '-save')],
      insertingAfterTheFirst(variant, inserted),
    );
    await mustNatmap(ns, variant, ['apply', ...rules], { env: shims.env });
    const left = chain(await saved(ns, variant, 'ipv4'), 'nat', 'PREROUTING');
    expect(left).toEqual(['-A PREROUTING -j NATMAP', `-A ${inserted}`, `-A ${theirs}`]);
  });

  test('nor by a flush', async () => {
    await using ns = await createNamespace();
    const theirs = 'PREROUTING -p tcp -m tcp --dport 99 -j ACCEPT';
    const inserted = 'PREROUTING -p tcp -m tcp --dport 98 -j ACCEPT';
    await edit(ns, variant, `-A ${theirs}`);
    await edit(ns, variant, `-A ${unnameableRule}`);
    await mustNatmap(ns, variant, ['apply', ...rules]);
    await edit(ns, variant, `-A ${unnameableRule}`);
    using shims = scriptedShims(
      [program(variant, 'ipv4', '-save')],
      insertingAfterTheFirst(variant, inserted),
    );
    await mustNatmap(ns, variant, ['flush'], { env: shims.env });
    const left = chain(await saved(ns, variant, 'ipv4'), 'nat', 'PREROUTING');
    expect(left).toEqual([`-A ${inserted}`, `-A ${theirs}`]);
  });

  test('nor on the way back', async () => {
    await using ns = await createNamespace();
    const theirs = 'PREROUTING -p tcp -m tcp --dport 99 -j ACCEPT';
    await edit(ns, variant, `-A ${theirs}`);
    using shims = insertingIntoTheRevert(variant);
    const { code, stderr } = await natmap(ns, variant, ['apply', ...rules], { env: shims.env });
    expect(stderr).toContain('the previous rules are restored');
    expect(code).toBe(4);
    const inserted = '-A PREROUTING -p tcp -m tcp --dport 98 -j ACCEPT';
    const left = chain(await saved(ns, variant, 'ipv4'), 'nat', 'PREROUTING');
    expect(left).toEqual([inserted, inserted, inserted, `-A ${theirs}`]);
  });

  test('a rejection that no other writer is the cause of is not tried again', async () => {
    await using ns = await createNamespace();
    const before = await savedBoth(ns, variant);
    const script =
      'case "$*" in *--test*) exec $REAL "$@";; esac; cat > /dev/null; echo "no" >&2; exit 1';
    using shims = scriptedShims(names, script);
    const { code } = await natmap(ns, variant, ['apply', ...rules], { env: shims.env });
    expect(code).toBe(4);
    expect(loadsOf(shims)).toBe(1);
    expect(before.ipv4.filter((line) => line.startsWith('-A'))).toEqual([]);
  });
});
