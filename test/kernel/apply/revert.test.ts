/**
 * Going back is judged by the state that was there before: whatever others have removed or added since,
 * and whatever fails on the way.
 */
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDockerRuleset } from '../../support/docker-ruleset.ts';
import { everyKind, inlineRules, otherRules } from '../../support/inputs.ts';
import { iptables, load, program, saved, savedBoth } from '../../support/iptables.ts';
import { families, kernelReason, variants } from '../../support/kernel.ts';
import { createNamespace } from '../../support/namespace.ts';
import { mustNatmap, natmap } from '../../support/natmap.ts';
import { which } from '../../support/process.ts';
import { scriptedShims } from '../../support/shims.ts';
import { createWorkspace } from '../../support/workspace.ts';

const one = inlineRules(everyKind);
const two = inlineRules(otherRules);

/** What a firewall loads that knows nothing of Docker and natmap. */
const otherFirewall = `*filter
:INPUT ACCEPT
:FORWARD DROP
:OUTPUT ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
COMMIT
`;

/** Without it, the record is that of a network namespace that still is there. */
function asOfAnotherBoot(record: string): void {
  const file = join(record, 'record.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"bootId": "./, '"bootId": "another '));
}

const isTest = 'case "$*" in *--test*) exec $REAL "$@";; esac';

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  const restore = (family: 'ipv4' | 'ipv6') => program(variant, family, '-restore');

  test('after a boot, where there is no table yet, a rollback makes all that the state needs', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const first = await savedBoth(ns, variant);
    await mustNatmap(ns, variant, ['apply', ...two]);
    await using booted = await createNamespace();
    const stateDir = join(ns.directory, 'state');
    for (const number of ['000001', '000002']) asOfAnotherBoot(join(stateDir, 'history', number));
    await mustNatmap(booted, variant, ['rollback', '--state-dir', stateDir]);
    expect(await savedBoth(booted, variant)).toEqual(first);
  });

  // Within a PID namespace of its own nobody can tell that a network namespace has ended.
  test.skipIf(readlinkSync('/proc/self/ns/pid') !== 'pid:[4026531836]')(
    'a network namespace that has ended is like a boot',
    async () => {
      using workspace = createWorkspace({});
      const stateDir = workspace.file('state');
      const state = ['--state-dir', stateDir];
      {
        await using ended = await createNamespace();
        await mustNatmap(ended, variant, ['apply', ...one, ...state]);
        await mustNatmap(ended, variant, ['apply', ...two, ...state]);
        await using other = await createNamespace();
        const { code, stderr } = await natmap(other, variant, ['rollback', ...state]);
        expect(stderr).toContain('was made in another network namespace');
        expect(code).toBe(2);
      }
      await using next = await createNamespace();
      await mustNatmap(next, variant, ['rollback', ...state]);
      const { stdout } = await mustNatmap(next, variant, ['diff', ...one]);
      expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
    },
  );

  test('after another firewall has loaded its rules, a rollback makes DOCKER-USER and the jumps', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...one]);
    await mustNatmap(ns, variant, ['apply', ...two]);
    for (const family of families) await load(ns, variant, family, otherFirewall);
    await mustNatmap(ns, variant, ['rollback']);
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...one]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
    expect(await saved(ns, variant, 'ipv4')).toContain(':FORWARD DROP');
  });

  test('a rule that an administrator puts into DOCKER-USER just then is not lost', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const real = which(program(variant, 'ipv4'));
    const script = `${isTest}
payload=$(cat)
mark="$(dirname "$0")/once"
case "$payload" in
  *"-X DOCKER-USER"*) [ -e "$mark" ] || ${real} -w -A DOCKER-USER -s 192.0.2.6 -j DROP; touch "$mark";;
esac
printf '%s\\n' "$payload" | $REAL "$@"`;
    using shims = scriptedShims([restore('ipv4')], script);
    await mustNatmap(ns, variant, ['rollback'], { env: shims.env });
    const lines = await saved(ns, variant, 'ipv4');
    expect(lines).toContain('-A DOCKER-USER -s 192.0.2.6/32 -j DROP');
    expect(lines).toContain('-A FORWARD -j DOCKER-USER');
    expect(lines.join('\n')).not.toContain('NATMAP');
    // Nobody came to the DOCKER-USER of the other family, which the apply had made.
    expect((await saved(ns, variant, 'ipv6')).join('\n')).not.toContain('DOCKER-USER');
  });

  test('a DOCKER-USER that Docker has made since is not removed by the rollback of a flush', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...one]);
    for (const family of families) await load(ns, variant, family, otherFirewall);
    await mustNatmap(ns, variant, ['flush', '--family', 'ipv4']);
    await iptables(ns, variant, '-N DOCKER-USER');
    await iptables(ns, variant, '-A FORWARD -j DOCKER-USER');
    await mustNatmap(ns, variant, ['rollback']);
    expect(await saved(ns, variant, 'ipv4')).toContain('-A FORWARD -j DOCKER-USER');
  });

  test('a program that floods its standard error changes nothing in what came of it', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, variant, ['apply', ...one]);
    const flood = `${isTest}
$REAL "$@"; status=$?; head -c 300000000 /dev/zero >&2; exit $status`;
    using shims = scriptedShims([restore('ipv4'), restore('ipv6')], flood);
    await mustNatmap(ns, variant, ['apply', ...two], { env: shims.env });
    const { stdout } = await mustNatmap(ns, variant, ['diff', ...two]);
    expect(stdout).toBe('ipv4: no changes; ipv6: no changes\n');
  });

  test('an exception that nobody can catch, half-way through an apply, brings the previous state back', async () => {
    await using ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    await mustNatmap(ns, variant, ['apply', ...one]);
    const before = await savedBoth(ns, variant);
    using bomb = createWorkspace({
      'bomb.cjs': `const { existsSync } = require('node:fs');
const armed = setInterval(() => {
  if (!existsSync(__dirname + '/now')) return;
  clearInterval(armed);
  throw new Error('from an event');
}, 20).unref();`,
    });
    const script = `${isTest}\n[ -e ${bomb.file('now')} ] || { touch ${bomb.file('now')}; sleep 1; }\nexec $REAL "$@"`;
    using shims = scriptedShims([restore('ipv6')], script);
    const env = { ...shims.env, NODE_OPTIONS: `--require ${bomb.file('bomb.cjs')}` };
    const { code, stderr } = await natmap(ns, variant, ['apply', ...two], { env });
    expect(stderr).toContain('natmap had an internal error: Error: from an event');
    expect(stderr).toContain('the previous rules are restored');
    expect(code).toBe(4);
    expect(await savedBoth(ns, variant)).toEqual(before);
  });

  test.each([19, 24, 32, 63])(
    'a limit of %s open files is said before anything is touched',
    async (limit) => {
      await using ns = await createNamespace();
      await mustNatmap(ns, variant, ['apply', ...one]);
      const before = await savedBoth(ns, variant);
      const { code, stderr } = await natmap(ns, variant, ['apply', ...two], { openFiles: limit });
      expect(stderr).toContain(`natmap needs 64 open files, and the limit here is ${limit}`);
      expect(code).toBe(2);
      expect(await savedBoth(ns, variant)).toEqual(before);
    },
  );

  test.each([
    ['of another version', '{"schema":"natmap.apply/v2"}', 'this is "natmap.apply/v2"'],
    ['that is cut off', '{"schema":', 'it is cut off'],
  ])(
    'the newest record, %s, stops a rollback: without it another apply would be undone too',
    async (_, text, said) => {
      await using ns = await createNamespace();
      await mustNatmap(ns, variant, ['apply', ...one]);
      await mustNatmap(ns, variant, ['apply', ...two]);
      const before = await savedBoth(ns, variant);
      writeFileSync(join(ns.directory, 'state/history/000002/record.json'), text);
      const { code, stderr } = await natmap(ns, variant, ['rollback']);
      expect(stderr).toContain('the record of apply 2 cannot be read');
      expect(stderr).toContain(said);
      expect(code).toBe(2);
      expect(await savedBoth(ns, variant)).toEqual(before);
      const listed = await natmap(ns, variant, ['history']);
      expect(listed.stderr).toContain('the record of apply 2 cannot be read');
    },
  );
});

describe.skipIf(kernelReason())('nft flush ruleset', () => {
  test('before a rollback does not keep it from the previous state', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, 'nft', ['apply', ...one]);
    const first = await savedBoth(ns, 'nft');
    await mustNatmap(ns, 'nft', ['apply', ...two]);
    await ns.mustRun('nft', ['flush', 'ruleset']);
    await mustNatmap(ns, 'nft', ['rollback']);
    expect(await savedBoth(ns, 'nft')).toEqual(first);
  });

  test('in the middle of an apply is found out, and the previous state comes back', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, 'nft', ['apply', ...one]);
    const first = await savedBoth(ns, 'nft');
    using shims = flushingAfter('ipv6', 1);
    const { code, stderr } = await natmap(ns, 'nft', ['apply', ...two], { env: shims.env });
    expect(stderr).toContain('the previous rules are restored');
    expect(code).toBe(4);
    expect(await savedBoth(ns, 'nft')).toEqual(first);
  });

  test('in the middle of the revert, after the first family is back, is found out too', async () => {
    await using ns = await createNamespace();
    await mustNatmap(ns, 'nft', ['apply', ...one]);
    const first = await savedBoth(ns, 'nft');
    // IPv6 is as it was, and seen first; then IPv4 comes back, with its second load.
    using shims = flushingAfter('ipv4', 2, 'ipv6');
    const { code } = await natmap(ns, 'nft', ['apply', ...two], { env: shims.env });
    expect(code).toBe(4);
    expect(await savedBoth(ns, 'nft')).toEqual(first);
  });
});

type Family = (typeof families)[number];

/** Flushes everything after this load of a family, counted from 1; the first load of another is refused. */
function flushingAfter(family: Family, load: number, refused?: Family) {
  const flushing = program('nft', family, '-restore');
  const refusing = refused === undefined ? 'none' : program('nft', refused, '-restore');
  const script = `${isTest}
count="$(dirname "$0")/count"
mark="$(dirname "$0")/refused"
case "$0" in
  */${refusing}) [ -e "$mark" ] || { touch "$mark"; exit 1; };;
  */${flushing}) echo x >> "$count";;
esac
$REAL "$@"; status=$?
case "$0" in */${flushing}) [ $(wc -l < "$count") -ne ${load} ] || nft flush ruleset;; esac
exit $status`;
  return scriptedShims(
    [...new Set([flushing, refusing])].filter((name) => name !== 'none'),
    script,
  );
}
