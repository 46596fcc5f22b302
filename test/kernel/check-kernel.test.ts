/** natmap check --kernel: everything wanted, loaded where it touches nothing; also without root. */
import { cpSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { example } from '../support/inputs.ts';
import { savedBoth } from '../support/iptables.ts';
import { kernelReason, variants } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { natmap, repository } from '../support/natmap.ts';
import { scriptedShims } from '../support/shims.ts';
import { createWorkspace } from '../support/workspace.ts';

const users = [
  ['root', {}],
  ['somebody who is not root', { user: 65534 }],
] as const;

/** An entry on line 2, and what its template prints for it. */
function printing(lines: string): Readonly<Record<string, string>> {
  return {
    'rules.d/a.yaml': 'snat:\n  - {int_ip: 10.0.0.0/24, ext_if: eth0}\n',
    'templates/snat.njk': `*nat\n${lines}\n`,
  };
}

const inputs = ['--rules', 'rules.d', '--templates', 'templates'];

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  describe.each(users)('as %s', (_, user) => {
    test('loads the bundled example, and leaves the host as it is', async () => {
      await using ns = await createNamespace();
      using files = createWorkspace();
      for (const name of ['rules.d', 'snapshot.json']) {
        cpSync(`${repository}${name}`, files.file(name), { recursive: true });
      }
      const args = ['check', '--kernel', '--docker', 'snapshot.json'];
      const options = { ...user, cwd: files.path };
      const { code, stdout, stderr } = await natmap(ns, variant, args, options);
      expect(stdout).toMatch(/the kernel takes them$/m);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(await savedBoth(ns, variant)).toEqual({ ipv4: [], ipv6: [] });
    });

    test('finds what only the kernel refuses, by the place of the entry', async () => {
      await using ns = await createNamespace();
      using files = createWorkspace(printing('-A NATMAP-POSTROUTING -s {{ int }} -j REJECT'));
      const options = { ...user, cwd: files.path };
      const result = await natmap(ns, variant, ['check', '--kernel', ...inputs], options);
      expect(result.stderr).toMatch(/^rules\.d\/a\.yaml:2:5: error: ipv4: .*\[kernel-rejected\]$/m);
      expect(result.stderr).toContain('-A NATMAP-POSTROUTING -s 10.0.0.0/24 -j REJECT');
      expect(result.code).toBe(2);
    });

    test('warns of a rule that needs an ipset, and --strict makes an error of it', async () => {
      await using ns = await createNamespace();
      using files = createWorkspace(
        printing('-A NATMAP-POSTROUTING -m set --match-set some src -j RETURN'),
      );
      const options = { ...user, cwd: files.path };
      const check = ['check', '--kernel', ...inputs];
      const { code, stderr, stdout } = await natmap(ns, variant, check, options);
      expect(stderr).toMatch(/^rules\.d\/a\.yaml:2:5: warning: .*an ipset.*\[kernel-untried\]$/m);
      expect(stdout).toMatch(/the kernel takes the others$/m);
      expect(code).toBe(0);
      expect((await natmap(ns, variant, [...check, '--strict'], options)).code).toBe(2);
    });
  });

  test('takes more rules than a user may send at once', async () => {
    await using ns = await createNamespace();
    const entries = Array.from({ length: 400 }, (_, at) => {
      const address = `10.0.${at >> 8}.${at & 255}`;
      return `  - {ext_ip: 203.0.113.43, int_ip: ${address}, ports: ${1000 + at}}\n`;
    });
    using files = createWorkspace({ 'rules.d/a.yaml': `dnat:\n${entries.join('')}` });
    const options = { cwd: files.path, user: 65534 };
    const { code, stderr } = await natmap(ns, variant, ['check', '--kernel'], options);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('names the rule among more than a user may send at once', async () => {
    await using ns = await createNamespace();
    using files = createWorkspace(
      printing(
        '{% for n in range(1, 501) %}\n-A NATMAP-POSTROUTING -p tcp -m tcp --dport {{ n }} -j {{ "REJECT" if n == 437 else "RETURN" }}\n{% endfor %}',
      ),
    );
    const options = { cwd: files.path, user: 65534 };
    const { stderr } = await natmap(ns, variant, ['check', '--kernel', ...inputs], options);
    expect(stderr).toMatch(/--dport 437 -j REJECT.*\[kernel-rejected\]$/m);
  });

  test('fails where it cannot be made', async () => {
    await using ns = await createNamespace();
    using shims = scriptedShims(['unshare'], 'echo "unshare: not permitted" >&2; exit 1');
    const args = ['check', '--kernel', ...example];
    const { code, stdout, stderr } = await natmap(ns, variant, args, { env: shims.env });
    expect(stderr).toMatch(/unshare: not permitted.*\[kernel-unavailable\]$/m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
