/**
 * What cannot be applied: each case ends with a clear message and its exit code, and the rules of
 * the kernel are as they were. A `▸` marks the place that the message has to name.
 */
import { mkdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { dockerInspect } from '../support/docker.ts';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { savedBoth } from '../support/iptables.ts';
import { kernelReason, type Variant, variants } from '../support/kernel.ts';
import { marked } from '../support/marked.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, type NatmapOptions, natmap } from '../support/natmap.ts';
import type { Result } from '../support/process.ts';
import { scriptedShims } from '../support/shims.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const good = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';
const goodIpv6 = 'dnat: [{ext_ip: 2001:db8:43::43, int_ip: 2001:db8:10::101, ports: 25}]\n';

/** Containers that the cases name. */
const containers = dockerInspect(
  { name: 'one', networks: { frontend: { ipv4: '172.18.0.2' } } },
  {
    name: 'two',
    networks: { frontend: { ipv4: '172.18.0.3' }, backend: { ipv4: '172.19.0.3' } },
  },
  { name: 'stopped', running: false, networks: { frontend: {} } },
  { name: 'hostly', networkMode: 'host', networks: { host: {} } },
);

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly says: readonly RegExp[];
}

const rulesFile = 'rules.d/10-bad.yaml';

function rules(name: string, text: string, ...says: readonly RegExp[]): Case {
  return { name, files: { [rulesFile]: text }, says };
}

const badRules: readonly Case[] = [
  rules('broken YAML', 'dnat:\n  - {ext_ip: 203.0.113.43\nsnat: []\n', /10-bad\.yaml:[23]:\d+/),
  rules('an unknown key', '▸dnta:\n  - {}\n', /dnta/, /dnat/),
  rules(
    'an unknown key of an entry',
    `dnat:\n  - ext_ip: 1.2.3.4\n    ▸int_pi: 1.1.1.1\n`,
    /int_ip/,
  ),
  rules('a list that is none', 'dnat: ▸25\n', /list/),
  rules('a switch that is a text', `${entry('local: ▸perhaps')}`, /true/),
  rules('port 0', `${entry('ports: ▸0')}`, /0/),
  rules('port 70000', `${entry('ports: ▸70000')}`, /70000/, /65535/),
  rules('port 70000 in a list', `${entry('ports: [25, ▸70000]')}`, /70000/),
  rules(
    'an address that is none',
    'snat: [{int_ip: ▸10.0.0.256, ext_if: vmbr0}]\n',
    /10\.0\.0\.256/,
  ),
  rules('a protocol that is none', `${entry('proto: ▸icmpp')}`, /tcp/),
  rules('an interface name too long', `${entry('ext_if: ▸abcdefghijklmnop')}`, /15/),
  rules(
    'an outside without address and interface',
    'dnat:\n  - {int_ip: 10.0.0.1, ports: 1}\n',
    /:2:\d+/,
  ),
  rules(
    'mixed families',
    'dnat:\n  - ext_ip: ▸203.0.113.43\n    int_ip: 2001:db8::1\n    ports: 25\n',
    /IPv4/i,
    /IPv6/i,
  ),
  rules('an unknown container', 'docker: [{container: ▸ones, ports: [80]}]\n', /ones/, /one/),
  rules(
    'a container on two networks',
    'docker: [{container: ▸two, ports: [80]}]\n',
    /frontend/,
    /backend/,
  ),
  rules(
    'a network that it is not on',
    'docker: [{container: one, network: ▸nw, ports: [80]}]\n',
    /frontend/,
  ),
  rules(
    'a stopped container',
    'docker: [{container: ▸stopped, ports: [80]}]\n',
    /stopped|not running/,
  ),
  rules('a container on the host network', 'docker: [{container: ▸hostly, ports: [80]}]\n', /host/),
  {
    name: 'a conflict across files',
    files: {
      'rules.d/10-a.yaml': good,
      'rules.d/20-b.yaml': good.replace('10.0.0.101', '10.0.0.102'),
    },
    says: [/10-a\.yaml:1:\d+/, /20-b\.yaml:1:\d+/],
  },
  {
    name: 'several errors, all of them',
    files: {
      'rules.d/10-a.yaml': 'dnat: ▸1\nsnat: ▸2\n',
      'rules.d/20-b.yaml': '▸dockr: []\n',
    },
    says: [],
  },
];

/** One dnat entry with this field beside good ones; fields given replace the good ones. */
function entry(field: string): string {
  const name = field.split(':')[0];
  const fields = ['ext_ip: 203.0.113.43', 'int_ip: 10.0.0.101', 'ports: 25'];
  return `dnat:\n  - ${[...fields.filter((other) => !other.startsWith(`${name}:`)), field].join('\n    ')}\n`;
}

async function host(variant: Variant): Promise<Namespace> {
  const ns = await createNamespace();
  await loadDockerRuleset(ns, variant);
  return ns;
}

const inputs = ['--rules', 'rules.d', '--docker', 'docker.json'];

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  let ns: Namespace;
  beforeAll(async () => {
    ns = await host(variant);
    return () => ns[Symbol.asyncDispose]();
  });

  /** Runs `natmap apply`, and checks that it fails and that no rule of the kernel is another. */
  async function refused(
    files: Workspace,
    args: readonly string[],
    options?: NatmapOptions,
  ): Promise<Result> {
    const before = await savedBoth(ns, variant);
    const result = await natmap(ns, variant, ['apply', ...args], { cwd: files.path, ...options });
    expect(await savedBoth(ns, variant)).toEqual(before);
    expect(result.stdout).toBe('');
    return result;
  }

  describe('refuses rules with', () => {
    test.each(badRules.map((item) => [item.name, item] as const))(
      '%s',
      async (_, { files, says }) => {
        const input = marked(files);
        using work = createWorkspace({ ...input.files, 'docker.json': containers });
        const { code, stderr } = await refused(work, inputs);
        for (const place of input.places) expect(stderr).toContain(place);
        for (const words of says) expect(stderr).toMatch(words);
        expect(code).toBe(2);
      },
    );
  });

  describe('refuses inputs that cannot be read:', () => {
    test.each([
      ['a folder that is missing', ['--rules', 'nowhere'], /nowhere/],
      ['a folder that is a file', ['--rules', 'docker.json'], /docker\.json/],
      ['a folder without rules', ['--rules', 'empty'], /--allow-empty/],
      ['a rules file that is a folder', ['--rules', 'folder'], /folder\/10-sub\.yaml/],
      ['a snapshot that is missing', ['--docker', 'nowhere.json'], /nowhere\.json/],
      ['a snapshot that is no JSON', ['--docker', 'rules.d/10-good.yaml'], /10-good\.yaml/],
      ['a snapshot of something else', ['--docker', 'other.json'], /other\.json/],
      ['templates that are missing', ['--templates', 'nowhere'], /nowhere/],
      ['an unknown backend', ['--backend', 'bpf'], /bpf/],
      ['an unknown flag', ['--rulez', 'rules.d'], /--rulez/],
    ] as const)('%s', async (_, args, words) => {
      using work = createWorkspace({
        'rules.d/10-good.yaml': good,
        'docker.json': containers,
        'other.json': '{"some": "thing"}',
      });
      mkdirSync(work.file('empty'));
      mkdirSync(work.file('folder/10-sub.yaml'), { recursive: true });
      const { code, stderr } = await refused(work, ['--rules', 'rules.d', ...args]);
      expect(stderr).toMatch(words);
      expect(code).toBe(2);
    });

    test('a container is named and there is no snapshot', async () => {
      const input = marked({ [rulesFile]: 'docker: [{container: ▸one, ports: [80]}]\n' });
      using work = createWorkspace(input.files);
      const { code, stderr } = await refused(work, ['--rules', 'rules.d']);
      expect(stderr).toContain(input.places[0]);
      expect(stderr).toContain('--docker');
      expect(code).toBe(2);
    });

    test('a template names a variable that is none', async () => {
      using work = createWorkspace({
        'rules.d/10-good.yaml': good,
        'own/dnat.njk': '{# mine #}\n{{ mapping.nonesuch }}\n',
      });
      const args = ['--rules', 'rules.d', '--templates', 'own'];
      const { code, stderr } = await refused(work, args);
      expect(stderr).toMatch(/dnat\.njk:2:\d+/);
      expect(stderr).toContain('nonesuch');
      expect(code).toBe(2);
    });

    test('a folder that is closed to who is not root', async () => {
      using work = createWorkspace({ 'rules.d/10-good.yaml': good });
      work.close('rules.d');
      const { code, stderr } = await natmap(ns, variant, ['check', '--rules', 'rules.d'], {
        cwd: work.path,
        user: 65534,
      });
      expect(stderr).toMatch(/rules\.d.*(permission denied|EACCES)/i);
      expect(code).toBe(2);
    });
  });

  describe('refuses a host', () => {
    test('where it is not root', async () => {
      using work = createWorkspace({ 'rules.d/10-good.yaml': good });
      const { code, stderr } = await refused(work, ['--rules', 'rules.d'], { user: 65534 });
      expect(stderr).toMatch(/root/);
      expect(code).toBe(2);
    });

    test('that has no iptables', async () => {
      using work = createWorkspace({ 'rules.d/10-good.yaml': good });
      const env = { PATH: work.path };
      const { code, stderr } = await refused(work, ['--rules', 'rules.d'], { env });
      expect(stderr).toMatch(/iptables/);
      expect(stderr).toMatch(/not found|not installed|PATH/);
      expect(code).toBe(2);
    });
  });

  // No kernel without IPv6 can be had here: these stand for its ip6tables, which fails at once.
  describe('on a kernel without IPv6', () => {
    const names = ['', '-nft', '-legacy'].flatMap((kind) =>
      ['', '-save', '-restore'].map((suffix) => `ip6tables${kind}${suffix}`),
    );
    const script = `echo "$(basename "$0"): can't initialize ip6tables table \\\`filter': Address family not supported by protocol" >&2
exit 3`;

    test('refuses rules for IPv6, and leaves IPv4 alone', async () => {
      using shims = scriptedShims(names, script);
      using work = createWorkspace({ 'rules.d/10-a.yaml': good, 'rules.d/20-b.yaml': goodIpv6 });
      const { code, stderr } = await refused(work, ['--rules', 'rules.d'], { env: shims.env });
      expect(stderr).toMatch(/IPv6/i);
      expect(stderr).toContain('Address family not supported by protocol');
      expect(code).toBe(2);
    });

    test('applies rules for IPv4 alone, and notes that IPv6 was skipped', async () => {
      using shims = scriptedShims(names, script);
      using work = createWorkspace({ 'rules.d/10-a.yaml': good });
      await using own = await host(variant);
      const { ipv6 } = await savedBoth(own, variant);
      const { code, stderr } = await natmap(own, variant, ['apply', '--rules', 'rules.d'], {
        cwd: work.path,
        env: shims.env,
      });
      expect(stderr).toMatch(/IPv6/i);
      expect(code).toBe(0);
      const after = await savedBoth(own, variant);
      expect(after.ipv6).toEqual(ipv6);
      expect(after.ipv4).toContain('-A PREROUTING -j NATMAP');
    });
  });

  describe('where ip6tables shows rules that cannot be understood', () => {
    const names = ['ip6tables-save', `ip6tables-${variant}-save`];
    const script = `echo "# Table \\\`filter' is incompatible, use 'nft' tool."`;

    test.each([['apply', '--rules', 'rules.d'], ['flush']])(
      '%s changes nothing in either family',
      async (...args) => {
        await using own = await host(variant);
        using work = createWorkspace({ 'rules.d/10-good.yaml': good });
        await mustNatmap(own, variant, ['apply', '--rules', work.file('rules.d')]);
        work.write({ 'rules.d/10-good.yaml': good.replace('25', '26') });
        const before = await savedBoth(own, variant);
        using shims = scriptedShims(names, script);
        const options = { cwd: work.path, env: shims.env };
        const { code, stderr } = await natmap(own, variant, args, options);
        expect(stderr).toContain('table filter holds nftables rules that iptables cannot show');
        expect(code).toBe(2);
        expect(await savedBoth(own, variant)).toEqual(before);
      },
    );
  });
});
