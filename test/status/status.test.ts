import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import { parseSave } from '../../src/iptables/parse.ts';
import { printSave } from '../../src/iptables/print.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { statusJson } from '../../src/report/status.ts';
import { type FamilyStatus, statusOf } from '../../src/status/status.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
import { listen } from '../listen.ts';
import { dockerInspect, dockerSnapshot } from '../support/docker.ts';
import { validJson } from '../support/json-schema.ts';

interface Given {
  readonly docker?: string;
  readonly templates?: Readonly<Record<string, string>>;
  /** What has become of the applied state, as iptables-save text. */
  readonly edit?: (applied: string) => string;
}

const empty: Ruleset = { family: 'ipv4', tables: [] };

/** The IPv4 status of rules that were applied to empty tables, and edited since. */
function statusAfter(
  rules: string,
  { docker, templates = {}, edit = (text) => text }: Given = {},
): FamilyStatus {
  const { report, said } = listen();
  const ruleSet = loadRuleSet([{ name: 'a.yaml', text: rules }], report);
  const snapshot =
    docker === undefined ? null : readSnapshot({ name: 'd.json', text: docker }, report);
  const mappings = compile(ruleSet, snapshot, report);
  const own = Object.entries(templates).map(([name, text]) => ({ name, text }));
  const wanted = renderWanted(mappings, 'ipv4', createTemplates(own, report), report);
  expect(said().filter((line) => !line.includes('hairpin-hides-clients'))).toEqual([]);
  const applied = makePlan(empty, applyGoal(wanted), 'nft').after;
  const parsed = parseSave(edit(printSave(applied)), 'ipv4');
  if (!parsed.ok) throw new Error(parsed.problem);
  return statusOf(mappings, wanted, makePlan(parsed.ruleset, applyGoal(wanted), 'nft'));
}

const rows = (status: FamilyStatus) => status.mappings.map(({ kind, maps }) => `${kind} ${maps}`);

describe('a mapping in words', () => {
  test.each<[rules: string, maps: string[]]>([
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "25,465"}]',
      ['dnat 203.0.113.43:25,465/tcp → 10.0.0.101'],
    ],
    [
      'dnat: [{ext_if: vmbr0, int_ip: 10.0.0.101, ports: 8000-8003, int_port: 9000, local: true, sources: [198.51.100.0/24, 192.0.2.7]}]',
      [
        'dnat *:8000-8003/tcp on vmbr0 from 198.51.100.0/24, 192.0.2.7 and from this host → 10.0.0.101:9000-9003',
      ],
    ],
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "25,26", int_port: 2525}]',
      ['dnat 203.0.113.43:25/tcp → 10.0.0.101:2525', 'dnat 203.0.113.43:26/tcp → 10.0.0.101:2525'],
    ],
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: [53, 54], proto: [tcp, udp]}]',
      ['dnat 203.0.113.43:53,54/tcp → 10.0.0.101', 'dnat 203.0.113.43:53,54/udp → 10.0.0.101'],
    ],
    [
      'snat: [{int_ip: 10.0.0.0/24, ext_if: vmbr0, ext_ip: 203.0.113.43}, {int_ip: 10.0.9.9, ext_if: vmbr1}]',
      ['snat 10.0.0.0/24 on vmbr0 → 203.0.113.43', 'snat 10.0.9.9 on vmbr1 → masquerade'],
    ],
    [
      'hairpin: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: [25, 465], lan_cidr: 10.0.0.0/24}]',
      ['hairpin hairpin 203.0.113.43:25,465/tcp from 10.0.0.0/24 → 10.0.0.101'],
    ],
    [
      'docker: [{target_ip: 10.0.0.9, name: printer, ports: ["9100", "127.0.0.1:9101:9100/udp"]}]',
      ['docker *:9100/tcp → 10.0.0.9', 'docker 127.0.0.1:9101/udp → 10.0.0.9:9100'],
    ],
  ])('%s', (rules, maps) => {
    expect(rows(statusAfter(rules))).toEqual(maps);
  });
});

test('what stands in for the engine is reported in words too, with what is restricted beside it', () => {
  const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
  const docker = dockerSnapshot(
    [2, 3].map((number) => ({
      name: `web-${number}`,
      labels,
      networks: { front: { ipv4: `172.18.0.${number}` } },
      published: number === 2 ? { '80/tcp': ['0.0.0.0:8080'] } : {},
    })),
    ['front', 'back'].map((name, index) => ({
      name,
      bridge: `br-${name}`,
      subnets: [`172.${18 + index}.0.0/16`],
    })),
  );
  const status = statusAfter(
    `
docker: [{container: shop/web, balance: random, ports: "81:80"}]
publish: [{from: published, sources: 198.51.100.0/24}]
masquerade: [front]
`,
    { docker },
  );
  expect(rows(status)).toEqual([
    'docker *:81/tcp → 172.18.0.2:80, 1 of 2',
    'docker *:81/tcp → 172.18.0.3:80, 2 of 2',
    'masquerade 172.18.0.0/16 → masquerade',
    'restriction *:8080/tcp from elsewhere → dropped',
    'isolation masqueraded networks to back → dropped',
    'isolation masqueraded networks to front → dropped',
  ]);
  expect(states(status)).toEqual(Array(6).fill('live'));
  expect(() => validJson(statusJson([status]))).not.toThrow();
});

describe('a mapping says where it was written, and its label', () => {
  test.each<[rules: string, line: number, label: string | null]>([
    [
      'dnat:\n  - name: mail\n    ext_ip: 203.0.113.43\n    int_ip: 10.0.0.1\n    ports: 25',
      5,
      'mail',
    ],
    ['snat:\n  - int_ip: 10.0.0.1\n    ext_if: vmbr0', 2, null],
    ['docker:\n  - target_ip: 10.0.0.9\n    ports:\n      - "9100"', 4, '10.0.0.9'],
  ])('%j', (rules, line, label) => {
    const [mapping] = statusAfter(rules).mappings;
    expect(mapping).toMatchObject({ file: 'a.yaml', line, label });
  });
});

const rules = `
dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25, name: mail}]
snat: [{int_ip: 10.0.0.0/24, ext_if: vmbr0}]
`;

const without = (pattern: RegExp) => (text: string) =>
  text
    .split('\n')
    .filter((line) => !pattern.test(line))
    .join('\n');

const states = (status: FamilyStatus) => status.mappings.map(({ state }) => state);

describe('the live state', () => {
  test('as it was applied is in sync', () => {
    const status = statusAfter(rules);
    expect(status).toMatchObject({ isInSync: true, missing: [], extra: [] });
    expect(states(status)).toEqual(['live', 'live']);
  });

  test('before an apply has nothing', () => {
    const status = statusAfter(rules, { edit: () => '' });
    expect(states(status)).toEqual(['missing', 'missing']);
    expect(status.isInSync).toBe(false);
    expect(status.missing).toEqual([
      'filter -A FORWARD -j DOCKER-USER',
      'filter -A DOCKER-USER -j NATMAP',
      'filter -A NATMAP -m conntrack --ctstate DNAT --ctdir REPLY -m comment --comment "natmap:replies" -j ACCEPT',
      'filter -A NATMAP -m conntrack --ctstate DNAT -m comment --comment "natmap:translated" -j NATMAP-DNAT',
      'nat -A PREROUTING -j NATMAP',
      'nat -A OUTPUT -j NATMAP-OUTPUT',
      'nat -A POSTROUTING -j NATMAP-POSTROUTING',
    ]);
  });

  test('without one rule of a mapping has the mapping partly', () => {
    const status = statusAfter(rules, { edit: without(/-j DNAT/) });
    expect(states(status)).toEqual(['partly live', 'live']);
    expect(status).toMatchObject({ isInSync: false, missing: [], extra: [] });
  });

  test('without a jump lacks the jump, whatever the mappings have', () => {
    const status = statusAfter(rules, { edit: without(/-j NATMAP$/) });
    expect(states(status)).toEqual(['live', 'live']);
    expect(status).toMatchObject({
      isInSync: false,
      missing: ['filter -A DOCKER-USER -j NATMAP', 'nat -A PREROUTING -j NATMAP'],
    });
  });

  test('has extra what is ours and not wanted, in any chain', () => {
    const daemon = '-A INPUT -p tcp -m comment --comment "natmap:dnat:old:1" -j ACCEPT';
    const edit = (text: string) =>
      text
        .replace(':NATMAP -', ':NATMAP-OLD - [0:0]\n:NATMAP -')
        .replace('-A FORWARD', `${daemon}\n-A INPUT -p udp -j ACCEPT\n-A FORWARD`)
        .replace('-A PREROUTING -j NATMAP', '-A PREROUTING -j NATMAP\n-A PREROUTING -j NATMAP');
    const status = statusAfter(rules, { edit });
    expect(states(status)).toEqual(['live', 'live']);
    expect(status).toMatchObject({
      isInSync: false,
      missing: [],
      extra: [`filter ${daemon}`, 'filter :NATMAP-OLD', 'nat -A PREROUTING -j NATMAP'],
    });
  });

  test('with the rules in another order is not in sync', () => {
    const two = 'snat: [{int_ip: 10.0.0.1, ext_if: a}, {int_ip: 10.0.0.2, ext_if: a}]';
    const edit = (text: string) => text.replace(/(-A NATMAP-P.*\n)(-A NATMAP-P.*\n)/, '$2$1');
    const status = statusAfter(two, { edit });
    expect(states(status)).toEqual(['live', 'live']);
    expect(status).toMatchObject({ isInSync: false, missing: [], extra: [] });
  });
});

describe('what a rule serves', () => {
  const docker = dockerInspect({ name: 'web', networks: { front: { ipv4: '172.18.0.2' } } });
  const twoHosts = 'docker: [{container: web, ports: ["203.0.113.1:80:80", "203.0.113.2:80:80"]}]';

  test('is every mapping that it was rendered for: two host addresses share what is inside', () => {
    const { mappings } = statusAfter(twoHosts, { docker });
    expect(mappings.map(({ rules }) => rules)).toEqual([
      { wanted: 4, live: 4, shared: 2 },
      { wanted: 4, live: 4, shared: 2 },
    ]);
  });

  test('is partly live in each when the shared rule is gone', () => {
    const status = statusAfter(twoHosts, { docker, edit: without(/-j MASQUERADE/) });
    expect(states(status)).toEqual(['partly live', 'partly live']);
  });

  test('is one row where several ports share multiport rules, and no row shares', () => {
    const several =
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: "1,2", sources: [192.0.2.1, 192.0.2.2]}]';
    const { mappings } = statusAfter(several);
    expect(mappings.map(({ rules }) => rules)).toEqual([{ wanted: 4, live: 4, shared: 0 }]);
  });

  test('does not go by the comment: templates may leave it out', () => {
    const templates = {
      'snat.njk': '*nat\n-A NATMAP -s {{ int }} -j RETURN\n-A NATMAP -j RETURN\n',
    };
    const two = 'snat: [{int_ip: 10.0.0.1, ext_if: a}, {int_ip: 10.0.0.2, ext_if: a}]';
    const { mappings } = statusAfter(two, { templates });
    expect(mappings.map(({ rules }) => rules)).toEqual([
      { wanted: 2, live: 2, shared: 1 },
      { wanted: 2, live: 2, shared: 1 },
    ]);
  });

  test('may be nothing: a mapping whose template prints no rule has none', () => {
    const status = statusAfter('snat: [{int_ip: 10.0.0.1, ext_if: a}]', {
      templates: { 'snat.njk': '' },
    });
    expect(states(status)).toEqual(['no rules']);
    expect(status.isInSync).toBe(true);
  });

  test('may be 10,000 mappings', () => {
    const entries = Array.from(
      { length: 10_000 },
      (_, n) => `{int_ip: 10.0.${n >> 8}.${n & 255}, ext_if: a}`,
    );
    const templates = { 'snat.njk': '*nat\n-A NATMAP-POSTROUTING -o {{ ext_if }} -j MASQUERADE\n' };
    const { mappings } = statusAfter(`snat: [${entries.join()}]`, { templates });
    expect(mappings).toHaveLength(10_000);
    expect(mappings.every(({ rules }) => rules.shared === 1)).toBe(true);
  });
});
