// A kernel with IPv6 whose ip6tables has no nat table: rules that are only IPv4 work all the same.
import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inlineRules } from '../support/inputs.ts';
import { program, saved } from '../support/iptables.ts';
import { kernelReason, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { which } from '../support/process.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const onlyIpv4 = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';
const both = `${onlyIpv4}docker: [{target_ip: "2001:db8:18::2", ports: [53]}]\n`;

/** An ip6tables-restore that answers as on a kernel that was built without the table. */
function withoutNat(variant: (typeof variants)[number]): { files: Workspace; PATH: string } {
  const name = program(variant, 'ipv6', '-restore');
  const files = createWorkspace({
    [`bin/${name}`]: `#!/bin/sh
text=$(cat)
case "$text" in
  *'*nat'*)
    echo "${name} v1.8.9 ($variant): ${name}: unable to initialize table 'nat'" >&2
    echo "Error occurred at line: 1" >&2
    exit 1 ;;
esac
printf '%s\\n' "$text" | ${which(name)} "$@"
`,
  });
  chmodSync(files.file(`bin/${name}`), 0o755);
  return { files, PATH: `${files.file('bin')}:${process.env.PATH ?? ''}` };
}

describe.skipIf(kernelReason()).each(variants)('ip6tables-%s without a nat table', (variant) => {
  test('IPv6 is left out, with a note, where nothing of it is wanted', async () => {
    await using ns = await createNamespace();
    const { files, PATH } = withoutNat(variant);
    using _ = files;
    const env = { PATH };
    const rules = inlineRules(onlyIpv4);
    const { stderr } = await mustNatmap(ns, variant, ['apply', ...rules], { env });
    expect(stderr).toContain('ipv6 is left out: ');
    expect(stderr).toContain("unable to initialize table 'nat'");
    expect((await saved(ns, variant, 'ipv6')).join('\n')).not.toContain('NATMAP');
    expect((await saved(ns, variant, 'ipv4')).join('\n')).toContain('10.0.0.101');
    await mustNatmap(ns, variant, ['diff', ...rules], { env });
    await mustNatmap(ns, variant, ['flush'], { env });
  });

  test('IPv6 rules that are wanted are an error that names a way out, and nothing is touched', async () => {
    await using ns = await createNamespace();
    const { files, PATH } = withoutNat(variant);
    using _ = files;
    const rules = inlineRules(both);
    const { code, stderr } = await natmap(ns, variant, ['apply', ...rules], { env: { PATH } });
    expect(code).toBe(2);
    expect(stderr).toContain('--family ipv4');
    expect((await saved(ns, variant, 'ipv4')).join('\n')).not.toContain('NATMAP');
  });
});
