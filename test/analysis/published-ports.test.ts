import { describe, expect, test } from 'vitest';
import { compiled } from '../compile/compiled.ts';
import { dockerInspect } from '../support/docker.ts';

function snapshot(running: boolean): string {
  const inspected = JSON.parse(
    dockerInspect(
      { name: 'web', running, networks: { a: { ipv4: '172.18.0.2', ipv6: 'fd00::2' } } },
      { name: 'api', networks: { a: { ipv4: '172.18.0.3', ipv6: 'fd00::3' } } },
    ),
  );
  inspected[0].NetworkSettings.Ports = {
    '80/tcp': [
      { HostIp: '0.0.0.0', HostPort: '8080' },
      { HostIp: '::', HostPort: '8080' },
      { HostIp: '203.0.113.1', HostPort: '8081' },
    ],
  };
  return JSON.stringify(inspected);
}

describe('a mapping that takes the port of a running container gets a warning', () => {
  test.each<[what: string, rules: string]>([
    ['dnat', 'dnat: [{ext_ip: 203.0.113.9, int_ip: 10.0.0.1, ports: ▸8080}]'],
    ['dnat of every address', 'dnat: [{ext_if: eth0, int_ip: 10.0.0.1, ports: ▸8080}]'],
    ['a range around it', 'dnat: [{ext_ip: 203.0.113.9, int_ip: 10.0.0.1, ports: "1,▸8000-8080"}]'],
    ['the same address', 'dnat: [{ext_ip: 203.0.113.1, int_ip: 10.0.0.1, ports: ▸8081}]'],
    ['docker, once for both families', 'docker: [{container: api, ports: [▸"8080:80"]}]'],
    ['docker', 'docker: [{container: api, ports: [▸"0.0.0.0:8080:80"]}]'],
    ['another port of the same container', 'docker: [{container: web, ports: [▸"8080:81"]}]'],
  ])('%s', (_, rules) => {
    const { mappings, said, marks } = compiled(rules, snapshot(true));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /published-port-overlap: .* takes port \d+ that container web publishes$/,
    );
    expect(said[0]?.split(' ')[0]).toBe(marks[0]);
    expect(mappings).not.toEqual([]);
  });
});

describe('no warning', () => {
  test.each<[what: string, rules: string]>([
    ['another port', 'dnat: [{ext_ip: 203.0.113.9, int_ip: 10.0.0.1, ports: 8082}]'],
    ['another address', 'dnat: [{ext_ip: 203.0.113.9, int_ip: 10.0.0.1, ports: 8081}]'],
    [
      'another protocol',
      'dnat: [{ext_ip: 203.0.113.9, int_ip: 10.0.0.1, ports: 8080, proto: udp}]',
    ],
    ['another family', 'dnat: [{ext_ip: "2001:db8::9", int_ip: "fd00::1", ports: 8081}]'],
    ['the same target', 'docker: [{container: web, ports: ["0.0.0.0:8080:80"]}]'],
    [
      'the same target in a range',
      'dnat: [{ext_if: e, int_ip: 172.18.0.2, ports: 8070-8080, int_port: 70}]',
    ],
  ])('%s', (_, rules) => {
    expect(compiled(rules, snapshot(true)).said).toEqual([]);
  });

  test('for a container that is not running', () => {
    const rules = 'dnat: [{ext_ip: 203.0.113.9, int_ip: 10.0.0.1, ports: 8080}]';
    expect(compiled(rules, snapshot(false)).said).toEqual([]);
  });
});
