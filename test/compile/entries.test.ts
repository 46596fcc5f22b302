import { describe, expect, test } from 'vitest';
import { dockerInspect } from '../support/docker.ts';
import { compiled } from './compiled.ts';

describe('an entry becomes a mapping for each protocol and each port or range', () => {
  test.each<[entry: string, mappings: string[]]>([
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]',
      ['dnat 203.0.113.43:25/tcp -> 10.0.0.101:25'],
    ],
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "25,8000-8010"}]',
      [
        'dnat 203.0.113.43:25/tcp -> 10.0.0.101:25',
        'dnat 203.0.113.43:8000-8010/tcp -> 10.0.0.101:8000-8010',
      ],
    ],
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: [53, 54], proto: [tcp, udp]}]',
      [
        'dnat 203.0.113.43:53/tcp -> 10.0.0.101:53',
        'dnat 203.0.113.43:54/tcp -> 10.0.0.101:54',
        'dnat 203.0.113.43:53/udp -> 10.0.0.101:53',
        'dnat 203.0.113.43:54/udp -> 10.0.0.101:54',
      ],
    ],
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25, int_port: 2525}]',
      ['dnat 203.0.113.43:25/tcp -> 10.0.0.101:2525'],
    ],
    [
      'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 8000-8010, int_port: 9000}]',
      ['dnat 203.0.113.43:8000-8010/tcp -> 10.0.0.101:9000-9010'],
    ],
    [
      'dnat: [{ext_if: vmbr0, int_ip: 10.0.0.101, ports: 25, sources: [198.51.100.0/24, 192.0.2.1]}]',
      ['dnat *:25/tcp -> 10.0.0.101:25 on vmbr0 from 198.51.100.0/24 192.0.2.1'],
    ],
    [
      'dnat: [{ext_ip: "2001:db8::25", int_ip: "fd00::1", ports: 25, local: true}]',
      ['dnat [2001:db8::25]:25/tcp -> [fd00::1]:25 and local'],
    ],
    [
      'snat: [{int_ip: 10.0.0.9/24, ext_if: vmbr0, ext_ip: 203.0.113.43}]',
      ['snat 10.0.0.0/24 on vmbr0 -> 203.0.113.43'],
    ],
    ['snat: [{int_ip: 10.0.0.9, ext_if: vmbr0}]', ['snat 10.0.0.9 on vmbr0 -> masquerade']],
    [
      'hairpin: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: [25, 465], lan_cidr: 10.0.0.0/24}]',
      [
        'hairpin 203.0.113.43:25/tcp -> 10.0.0.101:25 within 10.0.0.0/24',
        'hairpin 203.0.113.43:465/tcp -> 10.0.0.101:465 within 10.0.0.0/24',
      ],
    ],
    [
      'docker: [{target_ip: 10.0.0.9, ports: ["9101:9100", "127.0.0.1:53:53/udp"], sources: 10.0.0.0/8}]',
      [
        'docker *:9101/tcp -> 10.0.0.9:9100 from 10.0.0.0/8',
        'docker 127.0.0.1:53/udp -> 10.0.0.9:53 from 10.0.0.0/8',
      ],
    ],
  ])('%s', (entry, mappings) => {
    expect(compiled(entry)).toMatchObject({ mappings, said: [] });
  });
});

test('mappings stand in the order of kinds, and within a kind in the order written', () => {
  const { mappings } = compiled(`
snat: [{int_ip: 10.0.0.1, ext_if: a}]
docker: [{target_ip: 10.0.0.2, ports: 2}]
dnat:
  - {ext_ip: 203.0.113.1, int_ip: 10.0.0.4, ports: 4}
  - {ext_ip: 203.0.113.1, int_ip: 10.0.0.3, ports: 3}
hairpin: [{ext_ip: 203.0.113.1, int_ip: 10.0.0.5, ports: 5, lan_cidr: 10.0.0.0/8}]
`);
  expect(mappings.map((mapping) => mapping.split(' ')[0])).toEqual([
    'dnat',
    'dnat',
    'snat',
    'hairpin',
    'docker',
  ]);
  expect(mappings[0]).toContain(':4/tcp');
});

test('a hairpin without lan_cidr hides the clients, and says so', () => {
  const { mappings, said, marks } = compiled(
    'hairpin:\n  - ▸{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}',
  );
  expect(mappings).toEqual(['hairpin 203.0.113.43:25/tcp -> 10.0.0.101:25 within itself']);
  expect(said).toEqual([
    `${marks[0]} hairpin-hides-clients: without lan_cidr every source is masqueraded: the server sees no client address`,
  ]);
});

test('a hairpin for a LAN of every address hides them as well', () => {
  const { said } = compiled(
    'hairpin: [{ext_ip: 203.0.113.1, int_ip: 10.0.0.5, ports: 5, lan_cidr: 0.0.0.0/0}]',
  );
  expect(said).toEqual([
    expect.stringContaining('with lan_cidr 0.0.0.0/0 every source is masqueraded'),
  ]);
});

describe('a docker entry has the families that its host address and its target share', () => {
  const both = dockerInspect({
    name: 'c',
    networks: { a: { ipv4: '172.18.0.2', ipv6: 'fd00::2' } },
  });
  const only4 = dockerInspect({ name: 'c', networks: { a: { ipv4: '172.18.0.2' } } });
  const only6 = dockerInspect({ name: 'c', networks: { a: { ipv6: 'fd00::2' } } });
  const v4 = 'docker *:80/tcp -> 172.18.0.2:80';
  const v6 = 'docker *:80/tcp -> [fd00::2]:80';

  test.each<[port: string, what: string, docker: string, mappings: string[]]>([
    ['80', 'both', both, [v4, v6]],
    ['80', 'IPv4', only4, [v4]],
    ['80', 'IPv6', only6, [v6]],
    ['0.0.0.0:80:80', 'both', both, [v4, v6]],
    ['0.0.0.0:80:80', 'IPv4', only4, [v4]],
    ['[::]:80:80', 'both', both, [v6]],
    ['[::]:80:80', 'IPv6', only6, [v6]],
    ['203.0.113.1:80:80', 'both', both, ['docker 203.0.113.1:80/tcp -> 172.18.0.2:80']],
    ['[2001:db8::1]:80:80', 'both', both, ['docker [2001:db8::1]:80/tcp -> [fd00::2]:80']],
    ['127.0.0.1:80:80', 'both', both, ['docker 127.0.0.1:80/tcp -> 172.18.0.2:80']],
  ])('%s to a container with %s', (port, _, docker, mappings) => {
    const rules = `docker: [{container: c, ports: ["${port}"]}]`;
    expect(compiled(rules, docker)).toMatchObject({ mappings, said: [] });
  });

  test.each<[port: string, what: string, docker: string, message: string]>([
    ['0.0.0.0:80:80', 'IPv6', only6, 'host address 0.0.0.0 is IPv4, and c has no IPv4 address'],
    [
      '203.0.113.1:80:80',
      'IPv6',
      only6,
      'host address 203.0.113.1 is IPv4, and c has no IPv4 address',
    ],
    ['[::]:80:80', 'IPv4', only4, 'host address :: is IPv6, and c has no IPv6 address'],
    [
      '[2001:db8::1]:80:80',
      'IPv4',
      only4,
      'host address 2001:db8::1 is IPv6, and c has no IPv6 address',
    ],
  ])('%s to a container with %s is an error', (port, _, docker, message) => {
    const { mappings, said, marks } = compiled(
      `docker: [{container: c, ports: [▸"${port}"]}]`,
      docker,
    );
    expect(mappings).toEqual([]);
    expect(said).toEqual([`${marks[0]} mixed-families: ${message}`]);
  });

  test('a target_ip has its own family only', () => {
    const { mappings } = compiled('docker: [{target_ip: "fd00::9", ports: 80}]');
    expect(mappings).toEqual(['docker *:80/tcp -> [fd00::9]:80']);
    const { said } = compiled('docker: [{target_ip: "fd00::9", ports: ["1.2.3.4:80:80"]}]');
    expect(said).toEqual([
      'a.yaml:1:41 mixed-families: host address 1.2.3.4 is IPv4, and fd00::9 has no IPv4 address',
    ]);
  });

  test('a mapping on ::1 cannot work, and says so', () => {
    const { mappings, said } = compiled('docker: [{container: c, ports: ["[::1]:80:80"]}]', both);
    expect(mappings).toEqual(['docker [::1]:80/tcp -> [fd00::2]:80']);
    expect(said).toEqual([
      'a.yaml:1:33 loopback-unreachable: a mapping on ::1 cannot work: IPv6 has no route_localnet, so it never leaves the host',
    ]);
  });
});

describe('the sources of a docker entry', () => {
  const both = dockerInspect({
    name: 'c',
    networks: { a: { ipv4: '172.18.0.2', ipv6: 'fd00::2' } },
  });
  const only4 = dockerInspect({ name: 'c', networks: { a: { ipv4: '172.18.0.2' } } });

  test('go to the mapping of their family', () => {
    const rules = 'docker: [{container: c, ports: 80, sources: [10.0.0.0/8, "2001:db8::/32"]}]';
    expect(compiled(rules, both)).toMatchObject({
      mappings: [
        'docker *:80/tcp -> 172.18.0.2:80 from 10.0.0.0/8',
        'docker *:80/tcp -> [fd00::2]:80 from 2001:db8::/32',
      ],
      said: [],
    });
  });

  test('let nobody in by the other family', () => {
    const rules = 'docker: [{container: c, ports: 80, sources: 10.0.0.0/8}]';
    expect(compiled(rules, both).mappings).toEqual([
      'docker *:80/tcp -> 172.18.0.2:80 from 10.0.0.0/8',
      'docker *:80/tcp -> [fd00::2]:80 from nowhere',
    ]);
  });

  test('of a family that the entry has no mapping in are an error', () => {
    const { said, marks } = compiled(
      'docker: [{container: c, ports: 80, sources: [10.0.0.0/8, ▸"2001:db8::/32"]}]',
      only4,
    );
    expect(said).toEqual([
      `${marks[0]} mixed-families: this source is IPv6, and the entry has no IPv6 mapping`,
    ]);
  });

  test.each<[port: string, source: string, reason: string]>([
    [
      '[2001:db8::1]:53:53',
      '10.0.0.0/8',
      'this port is mapped in IPv6 only, and no source is IPv6',
    ],
    ['[::]:53:53', '10.0.0.0/8', 'this port is mapped in IPv6 only, and no source is IPv6'],
    [
      '203.0.113.1:53:53',
      '"2001:db8::/32"',
      'this port is mapped in IPv4 only, and no source is IPv4',
    ],
    [
      '127.0.0.1:53:53',
      '"2001:db8::/32"',
      'this port is mapped in IPv4 only, and no source is IPv4',
    ],
  ])('reach each port of the entry: not %s from %s', (port, source, reason) => {
    const { said, marks, diagnostics } = compiled(
      `docker: [{container: c, ports: [80, ▸"${port}"], sources: [${source}]}]`,
      both,
    );
    expect(said).toEqual([`${marks[0]} mixed-families: ${reason}`]);
    expect(diagnostics).toMatchObject([{ severity: 'warning' }]);
  });

  test('of no port of the entry are reported at the sources', () => {
    const { said, marks } = compiled(
      'docker: [{container: c, ports: "[2001:db8::1]:53:53", sources: ▸10.0.0.0/8}]',
      both,
    );
    expect(said).toEqual([
      `${marks[0]} mixed-families: this source is IPv4, and the entry has no IPv4 mapping`,
    ]);
  });

  test('of no port of the entry are reported also where the engine publishes it in their family', () => {
    const inspected = JSON.parse(both);
    inspected[0].NetworkSettings.Ports = { '53/tcp': [{ HostIp: '0.0.0.0', HostPort: '53' }] };
    const { said, marks } = compiled(
      'docker: [{container: c, ports: "[2001:db8::1]:53:53", sources: ▸10.0.0.0/8}]',
      JSON.stringify(inspected),
    );
    expect(said).toEqual([
      `${marks[0]} mixed-families: this source is IPv4, and the entry has no IPv4 mapping`,
    ]);
  });
});

describe('what Docker itself publishes of a port is restricted to the sources', () => {
  const inspected = JSON.parse(
    dockerInspect({ name: 'c', networks: { a: { ipv4: '172.18.0.2', ipv6: 'fd00::2' } } }),
  );
  inspected[0].NetworkSettings.Ports = {
    '80/tcp': [
      { HostIp: '0.0.0.0', HostPort: '8080' },
      { HostIp: '::', HostPort: '8081' },
      { HostIp: '127.0.0.1', HostPort: '8082' },
    ],
    '81/tcp': [{ HostIp: '203.0.113.1', HostPort: '8181' }],
    '80/udp': [{ HostIp: '0.0.0.0', HostPort: '8080' }],
  };
  const docker = JSON.stringify(inspected);

  test.each<[what: string, entry: string, mappings: string[]]>([
    [
      'each in its family, loopback left out',
      'ports: 80, sources: [10.0.0.0/8, "fd00::/8"]',
      [
        'docker *:80/tcp -> 172.18.0.2:80 from 10.0.0.0/8',
        'docker *:80/tcp -> [fd00::2]:80 from fd00::/8',
        'restrict *:8080/tcp of c:80 to 10.0.0.0/8',
        'restrict *:8081/tcp of c:80 to fd00::/8',
      ],
    ],
    [
      'to nobody in a family without sources',
      'ports: "8080:80", sources: 10.0.0.0/8',
      [
        'docker *:8080/tcp -> 172.18.0.2:80 from 10.0.0.0/8',
        'docker *:8080/tcp -> [fd00::2]:80 from nowhere',
        'restrict *:8080/tcp of c:80 to 10.0.0.0/8',
        'restrict *:8081/tcp of c:80 to nobody',
      ],
    ],
    [
      'all within a range, in both families',
      'ports: "203.0.113.1:180-189:80-89", sources: 10.0.0.0/8',
      [
        'docker 203.0.113.1:180-189/tcp -> 172.18.0.2:80-89 from 10.0.0.0/8',
        'restrict *:8080/tcp of c:80 to 10.0.0.0/8',
        'restrict *:8081/tcp of c:80 to nobody',
        'restrict 203.0.113.1:8181/tcp of c:81 to 10.0.0.0/8',
      ],
    ],
    [
      'of the same protocol',
      'ports: "0.0.0.0:81:81/udp", sources: [10.0.0.0/8, "fd00::/8"]',
      [
        'docker *:81/udp -> 172.18.0.2:81 from 10.0.0.0/8',
        'docker *:81/udp -> [fd00::2]:81 from fd00::/8',
      ],
    ],
    ['not without sources', 'ports: "[::]:80:80"', ['docker *:80/tcp -> [fd00::2]:80']],
    [
      'not for a mapping on loopback, which nobody else reaches',
      'ports: "127.0.0.1:80:80", sources: 10.0.0.0/8',
      ['docker 127.0.0.1:80/tcp -> 172.18.0.2:80 from 10.0.0.0/8'],
    ],
  ])('%s', (_, entry, mappings) => {
    expect(compiled(`docker: [{container: c, ${entry}}]`, docker).mappings).toEqual(mappings);
  });
});

describe('a container', () => {
  test('without a snapshot is an error', () => {
    const { said, marks } = compiled('docker: [{container: ▸c, ports: 80}]');
    expect(said).toEqual([
      `${marks[0]} no-snapshot: a container needs a Docker snapshot, and none was given`,
    ]);
  });

  test('that is unknown hides no other fault', () => {
    const { said } = compiled(
      'docker: [{container: x, ports: 80}, {container: y, ports: 80}]',
      '[]',
    );
    expect(said).toHaveLength(2);
  });
});
