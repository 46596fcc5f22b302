import { describe, expect, test } from 'vitest';
import { type Kind, load, ruleFile } from './rules.ts';

describe('keys that an entry needs', () => {
  test.each<[kind: Kind, key: string, hint: string]>([
    ['dnat', 'int_ip', 'as in int_ip: "10.0.0.101"'],
    ['dnat', 'ports', 'as in ports: "25,465,8000-8010"'],
    ['hairpin', 'ext_ip', 'as in ext_ip: "203.0.113.43"'],
    ['hairpin', 'int_ip', 'as in int_ip: "10.0.0.101"'],
    ['hairpin', 'ports', 'as in ports: [25,465]'],
  ])('%s: %s', (kind, key, hint) => {
    const { diagnostics, said } = load(ruleFile(kind, { [key]: null }));
    expect(said).toEqual([`a.yaml:2:5 missing-key: ${key} is missing`]);
    expect(diagnostics).toMatchObject([{ hint }]);
  });

  test('docker: ports', () => {
    const { said } = load(ruleFile('docker', { ports: null }));
    expect(said).toEqual(['a.yaml:2:5 missing-key: ports is missing']);
  });

  test('every missing key is reported', () => {
    expect(load('hairpin: [▸{}]').said).toEqual([
      'a.yaml:1:11 missing-key: ext_ip is missing',
      'a.yaml:1:11 missing-key: int_ip is missing',
      'a.yaml:1:11 missing-key: ports is missing',
    ]);
  });

  test('dnat: ext_ip, ext_if or both', () => {
    const neither = load(ruleFile('dnat', { ext_ip: null }));
    expect(neither.said).toEqual([
      'a.yaml:2:5 missing-key: a dnat entry needs ext_ip, ext_if or both',
    ]);
    expect(load(ruleFile('dnat', { ext_ip: null, ext_if: 'eth0' })).said).toEqual([]);
    expect(load(ruleFile('dnat', { ext_if: 'eth0' })).said).toEqual([]);
  });

  test('snat: int_ip with ext_if, or container, or network', () => {
    const none = 'missing-key: an snat entry needs int_ip, container or network';
    expect(load(ruleFile('snat', { int_ip: null })).said).toEqual([`a.yaml:2:5 ${none}`]);
    const nowhere = 'missing-key: an snat entry with int_ip needs ext_if';
    expect(load(ruleFile('snat', { ext_if: null })).said).toEqual([`a.yaml:2:5 ${nowhere}`]);
    const both = load(ruleFile('snat', { network: '▸front' }));
    expect(both.said).toEqual([
      `${both.marks[0]} excluded-key: int_ip, container and network exclude each other`,
    ]);
    expect(load(ruleFile('snat', { int_ip: null, network: 'front' })).said).toEqual([]);
    const named = { int_ip: null, ext_if: null, container: 'web' };
    expect(load(ruleFile('snat', named)).said).toEqual([]);
  });

  test('docker: container or target_ip, and not both', () => {
    const neither = load(ruleFile('docker', { container: null }));
    expect(neither.said).toEqual([
      'a.yaml:2:5 missing-key: a docker entry needs container or target_ip',
    ]);
    const both = load(ruleFile('docker', { target_ip: '▸10.0.0.9' }));
    expect(both.said).toEqual([
      `${both.marks[0]} excluded-key: target_ip and container exclude each other`,
    ]);
  });

  test('docker: ext_if goes with no loopback address', () => {
    const ports = '["8080:80", ▸"127.0.0.1:81:81"]';
    const { said, marks } = load(ruleFile('docker', { ports, ext_if: 'eth0' }));
    expect(said).toEqual([
      `${marks[0]} excluded-key: nothing for a loopback address comes in by eth0`,
    ]);
  });

  test('docker: network goes with container only', () => {
    const { said, marks } = load(
      ruleFile('docker', { container: null, target_ip: '10.0.0.9', network: '▸frontend' }),
    );
    expect(said).toEqual([`${marks[0]} excluded-key: network goes with container, not target_ip`]);
  });
});

describe('a key that nobody knows is refused, with the nearest one as a hint', () => {
  test.each<[kind: Kind, written: string, hint: string]>([
    ['dnat', 'prots', 'did you mean ports?'],
    ['dnat', 'port', 'did you mean ports?'],
    ['dnat', 'Ports', 'did you mean ports?'],
    ['dnat', 'extip', 'did you mean ext_ip?'],
    ['dnat', 'source', 'did you mean sources?'],
    ['snat', 'sources', 'known here: int_ip, container, network, ext_if, ext_ip, name, enabled'],
    ['snat', 'ports', 'known here: int_ip, container, network, ext_if, ext_ip, name, enabled'],
    [
      'hairpin',
      'lan',
      'known here: ext_ip, int_ip, ports, proto, int_port, lan_cidr, name, enabled',
    ],
    ['docker', 'conatiner', 'did you mean container?'],
    [
      'docker',
      'int_port',
      'known here: container, target_ip, network, ports, balance, when_stopped, ext_if, sources, name, enabled',
    ],
  ])('%s %s: %s', (kind, key, hint) => {
    const { said, diagnostics } = load(ruleFile(kind, { [key]: '1' }));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`unknown-key: unknown key "${key}"`);
    expect(diagnostics).toMatchObject([{ hint }]);
  });

  test('the fault stands at the key', () => {
    const { said, marks } = load('dnat: []\n▸danat: []');
    expect(said).toEqual([`${marks[0]} unknown-key: unknown key "danat"`]);
  });

  test.each([
    ['a number', '▸1: []'],
    ['nothing', '▸: []'],
    ['a list', '? ▸[dnat]\n: []'],
    ['true', '▸true: []'],
  ])('a key that is %s', (_, text) => {
    const { said, marks } = load(text);
    expect(said).toEqual([`${marks[0]} unknown-key: a key must be plain text`]);
  });

  test.each(['vars', 'hosts'])(
    '%s, which a later version will know, is refused in words of its own',
    (key) => {
      expect(load(`${key}: []`).said).toEqual([
        `a.yaml:1:1 unsupported-key: ${key} is not supported by this version of natmap`,
      ]);
    },
  );
});

describe('both sides of a mapping are of one family', () => {
  const mixed = (family: string, inside: string) =>
    `mixed-families: this is ${family}, but int_ip is ${inside}`;

  test.each<[kind: Kind, changed: Record<string, string>, message: string]>([
    ['dnat', { ext_ip: '▸2001:db8::1' }, mixed('IPv6', 'IPv4')],
    ['dnat', { int_ip: '2001:db8::1', ext_ip: '▸10.0.0.1' }, mixed('IPv4', 'IPv6')],
    ['dnat', { sources: '[10.0.0.0/8, ▸2001:db8::/64]' }, mixed('IPv6', 'IPv4')],
    ['snat', { ext_ip: '▸2001:db8::1' }, mixed('IPv6', 'IPv4')],
    ['hairpin', { lan_cidr: '▸fd00::/64' }, mixed('IPv6', 'IPv4')],
    ['hairpin', { ext_ip: '▸2001:db8::1' }, mixed('IPv6', 'IPv4')],
  ])('%s %o', (kind, changed, message) => {
    const { said, marks, entries } = load(ruleFile(kind, changed));
    expect(said).toEqual([`${marks[0]} ${message}`]);
    expect(entries).toEqual([]);
  });
});
