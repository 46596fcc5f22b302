import { describe, expect, test } from 'vitest';
import { compiled } from '../compile/compiled.ts';
import { dockerInspect } from '../support/docker.ts';

const dnat = (more: string) => `{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 80${more}}`;

type Row = [what: string, first: string, second: string];

/** Two entries whose targets differ, as fields put into flow mappings. */
function both(first: string, second: string) {
  return compiled(`dnat:\n  - {int_ip: 10.0.0.1, ${first}}\n  - {int_ip: 10.0.0.2, ${second}}\n`);
}

describe('two dnat entries with different targets conflict when they claim', () => {
  test.each<Row>([
    ['the same address and port', 'ext_ip: 1.1.1.1, ports: 80', 'ext_ip: 1.1.1.1, ports: 80'],
    ['a port and a list with it', 'ext_ip: 1.1.1.1, ports: 80', 'ext_ip: 1.1.1.1, ports: "79,80"'],
    ['a port and a range around it', 'ext_ip: 1.1.1.1, ports: 80', 'ext_ip: 1.1.1.1, ports: 70-90'],
    ['ranges that touch', 'ext_ip: 1.1.1.1, ports: 70-80', 'ext_ip: 1.1.1.1, ports: 80-90'],
    ['a range within a range', 'ext_ip: 1.1.1.1, ports: 1-100', 'ext_ip: 1.1.1.1, ports: 5-6'],
    ['an address and every address', 'ext_ip: 1.1.1.1, ports: 80', 'ext_if: eth0, ports: 80'],
    ['every address twice', 'ext_if: eth0, ports: 80', 'ext_if: eth0, ports: 80'],
    ['an interface and all like it', 'ext_if: eth0, ports: 80', 'ext_if: eth+, ports: 80'],
    ['two wildcards, one in the other', 'ext_if: e+, ports: 80', 'ext_if: eth+, ports: 80'],
    [
      'an interface and none',
      'ext_ip: 1.1.1.1, ext_if: eth0, ports: 80',
      'ext_ip: 1.1.1.1, ports: 80',
    ],
    [
      'a source and every source',
      'ext_ip: 1.1.1.1, ports: 80, sources: 10.0.0.0/8',
      'ext_ip: 1.1.1.1, ports: 80',
    ],
    [
      'a source within a source',
      'ext_ip: 1.1.1.1, ports: 80, sources: 10.0.0.0/8',
      'ext_ip: 1.1.1.1, ports: 80, sources: [192.0.2.1, 10.1.2.3]',
    ],
    [
      'the connections of this host itself',
      'ext_ip: 1.1.1.1, ports: 80, ext_if: eth0, sources: 10.0.0.0/8, local: true',
      'ext_ip: 1.1.1.1, ports: 80, ext_if: eth1, sources: 11.0.0.0/8, local: true',
    ],
    [
      'one of two protocols',
      'ext_ip: 1.1.1.1, ports: 80, proto: [tcp, udp]',
      'ext_ip: 1.1.1.1, ports: 80, proto: udp',
    ],
  ])('%s', (_, first, second) => {
    expect(both(first, second).diagnostics).toMatchObject([
      { code: 'conflict', severity: 'error' },
    ]);
    expect(both(second, first).diagnostics).toMatchObject([
      { code: 'conflict', severity: 'error' },
    ]);
  });
});

describe('two dnat entries with different targets go together when they differ in', () => {
  test.each<Row>([
    ['the port', 'ext_ip: 1.1.1.1, ports: 80', 'ext_ip: 1.1.1.1, ports: 81'],
    ['ranges that only meet', 'ext_ip: 1.1.1.1, ports: 70-80', 'ext_ip: 1.1.1.1, ports: 81-90'],
    ['the address', 'ext_ip: 1.1.1.1, ports: 80', 'ext_ip: 1.1.1.2, ports: 80'],
    ['the protocol', 'ext_ip: 1.1.1.1, ports: 80', 'ext_ip: 1.1.1.1, ports: 80, proto: udp'],
    ['the interface', 'ext_if: eth0, ports: 80', 'ext_if: eth1, ports: 80'],
    ['wildcards of interfaces', 'ext_if: eth+, ports: 80', 'ext_if: ppp+, ports: 80'],
    [
      'the sources',
      'ext_ip: 1.1.1.1, ports: 80, sources: 10.0.0.0/8',
      'ext_ip: 1.1.1.1, ports: 80, sources: [192.0.2.1, 11.0.0.0/8]',
    ],
    [
      'the interface, where one is local too',
      'ext_if: eth0, ports: 80, local: true',
      'ext_if: eth1, ports: 80',
    ],
    ['being enabled', 'ext_ip: 1.1.1.1, ports: 80, enabled: false', 'ext_ip: 1.1.1.1, ports: 80'],
  ])('%s', (_, first, second) => {
    expect(both(first, second).said).toEqual([]);
  });

  test('the family', () => {
    const { said } = compiled(`
dnat:
  - {ext_if: eth0, int_ip: 10.0.0.1, ports: 80}
  - {ext_if: eth0, int_ip: "fd00::1", ports: 80}
`);
    expect(said).toEqual([]);
  });
});

describe('mappings to the same target go together, even when they overlap', () => {
  test.each<Row>([
    ['from one address and from all', dnat(''), '{ext_if: eth0, int_ip: 10.0.0.1, ports: 80}'],
    ['ranges that keep their ports', dnat('').replace('80}', '70-80}'), dnat('')],
    [
      'ranges shifted alike',
      '{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 70-80, int_port: 170}',
      '{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 75-85, int_port: 175}',
    ],
  ])('%s', (_, first, second) => {
    expect(compiled(`dnat:\n  - ${first}\n  - ${second}\n`).said).toEqual([]);
  });

  test('but not ranges of one target that are shifted otherwise', () => {
    const { diagnostics } = compiled(`
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 70-80, int_port: 170}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 75-85, int_port: 170}
`);
    expect(diagnostics).toMatchObject([{ code: 'conflict' }]);
  });

  test('a hairpin beside its dnat', () => {
    const hairpin = '{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 80, lan_cidr: 10.0.0.0/24}';
    expect(compiled(`dnat: [${dnat('')}]\nhairpin: [${hairpin}]\n`).said).toEqual([]);
  });
});

describe('entries of different kinds conflict', () => {
  const docker = dockerInspect({ name: 'c', networks: { a: { ipv4: '172.18.0.2' } } });

  test.each<[what: string, rules: string]>([
    [
      'dnat and hairpin',
      `dnat: [${dnat('')}]\nhairpin: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.2, ports: 80, lan_cidr: 10.0.0.0/24}]`,
    ],
    ['dnat and docker', `dnat: [${dnat('')}]\ndocker: [{container: c, ports: 80}]`],
    [
      'docker and target_ip',
      'docker: [{container: c, ports: 80}, {target_ip: 10.0.0.9, ports: "127.0.0.1:80:80"}]',
    ],
  ])('%s', (_, rules) => {
    expect(compiled(rules, docker).diagnostics).toMatchObject([{ code: 'conflict' }]);
  });

  test('hairpins of different LANs go together', () => {
    const { said } = compiled(`
hairpin:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 80, lan_cidr: 10.0.0.0/24}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.1.1, ports: 80, lan_cidr: 10.0.1.0/24}
`);
    expect(said).toEqual([]);
  });
});

describe('connections of this host itself, which no source tells apart, go to the first', () => {
  const entry = (more: string) => `{${more}, ports: "8080:80"}`;
  const first = entry('target_ip: 10.0.0.8, sources: [192.0.2.0/24]');
  const second = entry('target_ip: 10.0.0.9, sources: [198.51.100.0/24]');
  const local = (more: string) =>
    `dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.8, ports: 8080, sources: 192.0.2.0/24${more}}]`;

  test('of two docker entries: a warning that names both places', () => {
    const { said, diagnostics, marks } = compiled(
      `docker: [${first}, ${second.replace('"8080', '▸"8080')}]`,
    );
    expect(said).toEqual([
      `${marks[0]} local-overlap: connections of this host itself to *:8080/tcp go to 10.0.0.8:80, not to 10.0.0.9:80`,
    ]);
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        related: [{ message: 'the mapping to 10.0.0.8:80', at: { offset: 63 } }],
      },
    ]);
  });

  test.each<[what: string, rules: string, codes: string[]]>([
    [
      'dnat with local and docker',
      `${local(', local: true')}\ndocker: [${second}]`,
      ['local-overlap'],
    ],
    ['dnat without local and docker', `${local('')}\ndocker: [${second}]`, []],
    [
      'dnat with local, twice: a conflict',
      `${local(', local: true').replace(']', '')}, {ext_ip: 203.0.113.43, int_ip: 10.0.0.9, ports: 8080, sources: 198.51.100.0/24, local: true}]`,
      ['conflict'],
    ],
    ['docker entries of one target', `docker: [${first}, ${second.replace('.9', '.8')}]`, []],
    ['docker entries on other ports', `docker: [${first}, ${second.replace('8080', '8081')}]`, []],
    [
      'docker entries on two host addresses',
      `docker: [${first.replace('"8', '"203.0.113.1:8')}, ${second.replace('"8', '"203.0.113.2:8')}]`,
      [],
    ],
  ])('%s', (_, rules, codes) => {
    expect(compiled(rules).diagnostics.map(({ code }) => code)).toEqual(codes);
  });
});

describe('snat', () => {
  test.each<[second: string, conflict: boolean]>([
    ['{int_ip: 10.0.0.0/24, ext_if: eth0, ext_ip: 203.0.113.2}', true],
    ['{int_ip: 10.0.0.0/24, ext_if: eth0}', true],
    ['{int_ip: 10.0.0.0/24, ext_if: eth1, ext_ip: 203.0.113.2}', false],
    ['{int_ip: 10.0.0.7, ext_if: eth0, ext_ip: 203.0.113.2}', false],
  ])('beside 10.0.0.0/24 on eth0 as 203.0.113.1, %s: conflict %s', (second, conflict) => {
    const { diagnostics } = compiled(
      `snat:\n  - {int_ip: 10.0.0.0/24, ext_if: eth0, ext_ip: 203.0.113.1}\n  - ${second}\n`,
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(conflict ? ['conflict'] : []);
  });
});

test('a conflict names both places, also across files', () => {
  const { said, diagnostics, marks } = compiled({
    'rules.d/10-a.yaml': 'dnat:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: "25,▸80"}',
    'rules.d/20-b.yaml': 'dnat:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.2, ports: [▸70-90]}',
  });
  expect(said).toEqual([
    `${marks[1]} conflict: conflicting mappings for 203.0.113.43:70-90/tcp: forwarded to 10.0.0.2:70-90 here and to 10.0.0.1:80 in the related entry`,
  ]);
  expect(diagnostics).toMatchObject([
    {
      hint: 'one of the two has to go, or take other ports, sources or interfaces',
      related: [
        {
          message: 'the mapping to 10.0.0.1:80',
          at: { source: { name: 'rules.d/10-a.yaml' }, offset: 62, length: 2 },
        },
      ],
    },
  ]);
});

test('the hint of two that are local says that one may stay so', () => {
  const { diagnostics } = both(
    'ext_if: eth0, ports: 80, local: true',
    'ext_if: eth1, ports: 80, local: true',
  );
  expect(diagnostics).toMatchObject([{ hint: expect.stringContaining('be without local') }]);
});

test('two entries that conflict in both families and protocols are reported once', () => {
  const docker = dockerInspect(
    { name: 'a', networks: { n: { ipv4: '172.18.0.2', ipv6: 'fd00::2' } } },
    { name: 'b', networks: { n: { ipv4: '172.18.0.3', ipv6: 'fd00::3' } } },
  );
  const rules = 'docker: [{container: a, ports: 80}, {container: b, ports: 80}]';
  expect(compiled(rules, docker).said).toHaveLength(1);
});

describe('an exact repeat is left out with a warning', () => {
  test.each<[kind: string, section: string, entry: string]>([
    ['dnat', 'dnat', dnat('')],
    ['snat', 'snat', '{int_ip: 10.0.0.0/24, ext_if: eth0}'],
    ['hairpin', 'hairpin', '{ext_ip: 1.1.1.1, int_ip: 10.0.0.1, ports: 80, lan_cidr: 10.0.0.0/24}'],
    ['docker', 'docker', '{target_ip: 10.0.0.9, ports: 80, sources: [10.0.0.0/8]}'],
  ])('%s', (_, section, entry) => {
    const { mappings, diagnostics } = compiled({
      'a.yaml': `${section}:\n  - ${entry}`,
      'b.yaml': `${section}:\n  - ${entry.replace('}', ', name: again}')}`,
    });
    expect(mappings).toHaveLength(1);
    expect(diagnostics).toMatchObject([
      {
        code: 'duplicate-mapping',
        severity: 'warning',
        at: { source: { name: 'b.yaml' } },
        related: [{ message: 'the first one', at: { source: { name: 'a.yaml' } } }],
      },
    ]);
  });

  test('at the port that is repeated', () => {
    const { mappings, said, marks } = compiled(
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: [80, 81, ▸80]}]',
    );
    expect(mappings).toHaveLength(2);
    expect(said).toEqual([`${marks[0]} duplicate-mapping: duplicate mapping, ignored`]);
  });

  test('however its values are spelled', () => {
    const { mappings } = compiled(`
dnat:
  - {ext_ip: "2001:DB8::0:1", int_ip: "fd00::1", ports: "80", sources: "2001:db8::5/32"}
  - {ext_ip: "2001:db8::1", int_ip: "fd00:0::1", ports: [80-80], sources: ["2001:db8::/32"]}
`);
    expect(mappings).toHaveLength(1);
  });

  test.each<[what: string, changed: string]>([
    ['another source', 'sources: 10.0.0.0/8'],
    ['another interface', 'ext_if: eth0'],
    ['local too', 'local: true'],
  ])('with %s it is no repeat', (_, changed) => {
    const { mappings, said } = compiled(`dnat:\n  - ${dnat('')}\n  - ${dnat(`, ${changed}`)}\n`);
    expect(mappings).toHaveLength(2);
    expect(said).toEqual([]);
  });
});

test.each([
  ['one port', 'ports: 15432, int_port: 5432', 'ports: 15432', 5432],
  ['a part of a range', 'ports: 8000-8010, int_port: 9000', 'ports: 8003-8004', 9003],
])(
  'a hairpin to another port inside than its dnat is pointed to int_port: %s',
  (_, outside, inside, port) => {
    const addresses = 'ext_ip: 203.0.113.43, int_ip: 10.0.0.5';
    const rules = (more: string) =>
      `dnat: [{${addresses}, ${outside}}]\nhairpin: [{${addresses}, ${inside}, lan_cidr: 10.0.0.0/24${more}}]\n`;
    expect(compiled(rules('')).diagnostics).toMatchObject([
      {
        code: 'conflict',
        hint: `add int_port: ${port} to the hairpin entry, as the dnat entry has`,
      },
    ]);
    expect(compiled(rules(`, int_port: ${port}`)).diagnostics).toEqual([]);
  },
);
