/**
 * `natmap status`: whether the live state is the wanted one, mapping by mapping, and what each has
 * counted of real packets.
 */
import { describe, expect, test } from 'vitest';
import { loadDockerRuleset } from '../support/docker-ruleset.ts';
import { everyKind, inlineRules } from '../support/inputs.ts';
import { iptables, load, save } from '../support/iptables.ts';
import { type Family, families, kernelReason, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap, natmap } from '../support/natmap.ts';
import { places, useTopology } from '../support/stage.ts';
import { answer, connect } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

interface Row {
  readonly kind: string;
  readonly maps: string;
  readonly label: string | null;
  readonly file: string;
  readonly line: number;
  readonly state: string;
  readonly packets: string | null;
  readonly bytes: string | null;
  readonly rules: object;
}

interface Status {
  readonly schema: string;
  readonly inSync: boolean;
  readonly families: readonly {
    readonly family: Family;
    readonly inSync: boolean;
    readonly mappings: readonly Row[];
    readonly missing: readonly string[];
    readonly extra: readonly string[];
  }[];
}

const rules = inlineRules(everyKind);

async function status(ns: Namespace, variant: Variant, inputs = rules) {
  const { code, stdout } = await natmap(ns, variant, ['status', '--json', ...inputs]);
  return { code, ...(JSON.parse(stdout) as Status) };
}

const allRows = ({ families: all }: Status) => all.flatMap(({ mappings }) => mappings);
/** Without IPv6 mappings of an entry whose sources are IPv4: they let nobody in and have no rules. */
const statesOf = (found: Status) =>
  new Set(allRows(found).flatMap(({ state }) => (state === 'no rules' ? [] : [state])));

async function dockerHost(variant: Variant): Promise<Namespace> {
  const ns = await createNamespace();
  await loadDockerRuleset(ns, variant);
  return ns;
}

describe.skipIf(kernelReason()).each(variants)('iptables-%s', (variant) => {
  test('before an apply everything is missing, after it everything is live', async () => {
    await using ns = await dockerHost(variant);
    const before = await status(ns, variant);
    expect(before).toMatchObject({ code: 1, schema: 'natmap.status/v1', inSync: false });
    expect(statesOf(before)).toEqual(new Set(['missing']));
    await mustNatmap(ns, variant, ['apply', ...rules]);
    const after = await status(ns, variant);
    expect(after).toMatchObject({ code: 0, inSync: true });
    expect(statesOf(after)).toEqual(new Set(['live']));
    expect(
      after.families.map(({ family, missing, extra }) => ({ family, missing, extra })),
    ).toEqual(families.map((family) => ({ family, missing: [], extra: [] })));
  });

  test('after a rule was removed by hand its mapping is partly live, and no other', async () => {
    await using ns = await dockerHost(variant);
    await mustNatmap(ns, variant, ['apply', ...rules]);
    await iptables(ns, variant, '-t nat -D NATMAP 1');
    const found = await status(ns, variant);
    expect(found).toMatchObject({ code: 1, inSync: false });
    const partly = allRows(found).filter(({ state }) => state === 'partly live');
    expect(partly.map(({ maps }) => maps)).toEqual([
      '203.0.113.43:25,465,8000-8010/tcp on vmbr0 → 10.0.0.101',
      '[2001:db8:43::43]:1,3,5,7,9,11,13,15,17,19,21,23,25,27,29/tcp and from this host → 2001:db8:10::101',
    ]);
    const { code, stdout } = await natmap(ns, variant, ['status', ...rules]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/; ipv6: \d+ mappings, 1 partly live\n$/);
    expect(stdout).toMatch(/^partly live .* mail +\S+10-rules\.yaml:3$/m);
  });

  test('a jump that is gone and rules that nobody wants are listed', async () => {
    await using ns = await dockerHost(variant);
    await mustNatmap(ns, variant, ['apply', ...rules]);
    await iptables(ns, variant, '-t nat -D PREROUTING -j NATMAP');
    await iptables(ns, variant, '-A INPUT -p tcp -m comment --comment natmap:dnat:old -j ACCEPT');
    await iptables(ns, variant, '-t nat -N NATMAP-OLD');
    const found = await status(ns, variant);
    expect(statesOf(found)).toEqual(new Set(['live']));
    for (const { missing, extra } of found.families) {
      expect(missing).toEqual(['nat -A PREROUTING -j NATMAP']);
      expect(extra.toSorted()).toEqual([
        'filter -A INPUT -p tcp -m comment --comment "natmap:dnat:old" -j ACCEPT',
        'nat :NATMAP-OLD',
      ]);
    }
  });

  test('needs no root where the live rules are files', async () => {
    await using ns = await dockerHost(variant);
    await mustNatmap(ns, variant, ['apply', ...rules]);
    using files = createWorkspace({
      'live.v4': await save(ns, variant, 'ipv4'),
      'live.v6': await save(ns, variant, 'ipv6'),
    });
    const lives = ['--live', files.file('live.v4'), '--live6', files.file('live.v6')];
    const { stdout } = await mustNatmap(ns, variant, ['status', ...rules, ...lives], {
      user: 65534,
    });
    expect(stdout).toMatch(/\nipv4: \d+ mappings, in sync; ipv6: \d+ mappings, in sync\n$/);
  });

  test('a rule that the kernel prints alike for two mappings serves both', async () => {
    await using ns = await createNamespace();
    const match = "-m mark --mark {% if int == '10.0.0.1' %}1{% else %}0x1{% endif %}";
    using files = createWorkspace({
      'rules.d/a.yaml': 'snat: [{int_ip: 10.0.0.1, ext_if: a}, {int_ip: 10.0.0.2, ext_if: a}]\n',
      'templates/snat.njk': `*nat\n-A NATMAP -i {{ ext_if }} ${match} -j RETURN\n`,
    });
    const inputs = ['--rules', files.file('rules.d'), '--templates', files.file('templates')];
    await mustNatmap(ns, variant, ['apply', ...inputs]);
    const found = allRows(await status(ns, variant, inputs));
    expect(found.map(({ state, rules: count }) => ({ state, count }))).toEqual([
      { state: 'live', count: { wanted: 1, live: 1, shared: 1 } },
      { state: 'live', count: { wanted: 1, live: 1, shared: 1 } },
    ]);
  });

  describe('with real packets', () => {
    const topology = useTopology();

    test.each(families)('a mapping has the counts of its rules, %s', async (family) => {
      const { host, client1 } = topology.current;
      const at = places(family);
      for (const each of families)
        await load(host, variant, each, '*filter\n:FORWARD DROP\nCOMMIT\n');
      using files = createWorkspace({
        'rules.d/a.yaml': `
          dnat:
            - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: "25,110", name: mail}
            - {ext_ip: "${at.host}", int_ip: "${at.server}", ports: 26, int_port: 2525, name: other}
`,
      });
      const inputs = ['--rules', files.file('rules.d'), '--family', family];
      await mustNatmap(host, variant, ['apply', ...inputs]);
      const counts = async () =>
        allRows(await status(host, variant, inputs)).map(({ packets, bytes }) => [packets, bytes]);
      expect(await counts()).toEqual([
        ['0', '0'],
        ['0', '0'],
      ]);
      for (const port of [25, 110, 25]) {
        expect(await connect(client1, at.host, port)).toBe(answer('server', port, at.client1));
      }
      const [mail, other] = await counts();
      expect(mail).toEqual(
        countedBy(await save(host, variant, family), `natmap:dnat:${at.host}:25,110`),
      );
      expect(Number(mail?.[0])).toBeGreaterThan(3);
      expect(other).toEqual(['0', '0']);
    });
  });
});

/** Packets and bytes of all rules with this comment, as iptables-save printed them. */
function countedBy(saved: string, comment: string): string[] {
  const lines = saved.split('\n').filter((line) => line.includes(`"${comment}"`));
  expect(lines.length).toBe(2);
  const counters = lines.map((line) => (/^\[(\d+):(\d+)\]/.exec(line) ?? []).slice(1).map(Number));
  return [0, 1].map((index) => String(counters.reduce((sum, each) => sum + (each[index] ?? 0), 0)));
}
