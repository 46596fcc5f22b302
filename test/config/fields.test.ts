import { describe, expect, test } from 'vitest';
import { formatNetwork } from '../../src/net/address.ts';
import { entryOf, type Kind, load, ruleFile } from './rules.ts';

type Good = [kind: Kind, key: string, written: string, decoded: object];

describe('a good value is decoded', () => {
  test.each<Good>([
    ['dnat', 'ext_ip', '203.0.113.43', { extIp: { value: { text: '203.0.113.43' } } }],
    ['dnat', 'ext_ip', '"203.0.113.43"', { extIp: { value: { text: '203.0.113.43' } } }],
    ['dnat', 'ext_if', 'eth0', { extIf: 'eth0' }],
    ['dnat', 'ext_if', 'vmbr+', { extIf: 'vmbr+' }],
    ['dnat', 'ext_if', 'br-0a1b.42@eth', { extIf: 'br-0a1b.42@eth' }],
    ['dnat', 'ext_if', 'a23456789012345', { extIf: 'a23456789012345' }],
    ['dnat', 'proto', 'udp', { protocols: ['udp'] }],
    ['dnat', 'proto', '[tcp, udp, sctp]', { protocols: ['tcp', 'udp', 'sctp'] }],
    ['dnat', 'local', 'true', { local: true }],
    ['dnat', 'local', 'false', { local: false }],
    ['dnat', 'name', 'mail', { name: 'mail' }],
    ['dnat', 'name', '"Größe: 1 – “q” 🙂"', { name: 'Größe: 1 – “q” 🙂' }],
    ['dnat', 'enabled', 'true', { kind: 'dnat' }],
    ['snat', 'ext_if', 'ppp+', { extIf: 'ppp+' }],
    ['snat', 'ext_ip', '203.0.113.43', { extIp: { value: { text: '203.0.113.43' } } }],
    ['docker', 'container', 'shop/web', { target: { reference: { value: 'shop/web' } } }],
    ['docker', 'balance', 'round-robin', { balance: 'round-robin' }],
    ['docker', 'when_stopped', 'omit', { whenStopped: 'omit' }],
    ['publish', 'from', 'labels', { from: 'labels' }],
    ['docker', 'network', 'frontend', { target: { network: { value: 'frontend' } } }],
  ])('%s %s: %s', (kind, key, written, decoded) => {
    expect(entryOf(kind, { [key]: written })).toMatchObject(decoded);
  });

  test('an IPv6 address becomes canonical (RFC 5952)', () => {
    const entry = entryOf('dnat', { ext_ip: '2001:DB8:0:0::0025', int_ip: 'fd00::0:1' });
    expect(entry).toMatchObject({
      extIp: { value: { family: 'ipv6', text: '2001:db8::25' } },
      intIp: { value: { family: 'ipv6', text: 'fd00::1' } },
    });
  });

  test.each([
    ['198.51.100.7', ['198.51.100.7/32']],
    ['198.51.100.7/24', ['198.51.100.0/24']],
    ['198.51.100.0/255.255.255.0', ['198.51.100.0/24']],
    ['[198.51.100.0/24, 192.0.2.1]', ['198.51.100.0/24', '192.0.2.1/32']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
  ])('sources: %s', (written, networks) => {
    const entry = entryOf('dnat', { sources: written });
    const read = entry.kind === 'dnat' ? entry.sources.map(({ value }) => value) : [];
    expect(read.map(formatNetwork)).toEqual(networks);
  });

  test('what is left out has its default', () => {
    expect(entryOf('dnat', {})).toMatchObject({
      name: null,
      protocols: ['tcp'],
      extIf: null,
      intPort: null,
      sources: [],
      local: false,
    });
    expect(entryOf('snat', {})).toMatchObject({ extIp: null });
    expect(entryOf('hairpin', { lan_cidr: null })).toMatchObject({ lanCidr: null });
    expect(entryOf('docker', {})).toMatchObject({ sources: [], target: { network: null } });
  });

  test('an entry that is not enabled is left out, but read', () => {
    expect(load(ruleFile('hairpin', { enabled: 'false', lan_cidr: null }))).toMatchObject({
      entries: [],
      said: [],
    });
    const { said, marks } = load(ruleFile('dnat', { enabled: 'false', ports: '▸0' }));
    expect(said).toEqual([`${marks[0]} bad-port: port 0 cannot be mapped`]);
  });
});

type Bad = [kind: Kind, key: string, written: string, code: string, message: string];

describe('a bad value is refused where it stands', () => {
  test.each<Bad>([
    ['dnat', 'ext_ip', '▸300.0.0.1', 'bad-address', '"300.0.0.1" is not an IP address'],
    ['dnat', 'ext_ip', '▸010.0.0.1', 'bad-address', '"010.0.0.1" is not an IP address'],
    ['dnat', 'ext_ip', '▸1.2.3', 'bad-address', '"1.2.3" is not an IP address'],
    ['dnat', 'ext_ip', '▸example.org', 'bad-address', '"example.org" is not an IP address'],
    ['dnat', 'ext_ip', '▸10.0.0.0/24', 'bad-address', '"10.0.0.0/24" is not an IP address'],
    ['dnat', 'ext_ip', '▸"fe80::1%eth0"', 'bad-address', '"fe80::1%eth0" is not an IP address'],
    ['dnat', 'ext_ip', '▸"10.0.0.1 "', 'bad-address', '"10.0.0.1 " is not an IP address'],
    ['dnat', 'ext_ip', '▸""', 'bad-address', '"" is not an IP address'],
    ['dnat', 'ext_ip', '▸12', 'wrong-type', 'expected an IP address, found a number'],
    ['dnat', 'ext_ip', '▸[10.0.0.1]', 'wrong-type', 'expected an IP address, found a list'],
    [
      'dnat',
      'ext_ip',
      '▸0.0.0.0',
      'bad-address',
      '0.0.0.0 stands for every address; one is needed here',
    ],
    [
      'hairpin',
      'ext_ip',
      '▸0.0.0.0',
      'bad-address',
      '0.0.0.0 stands for every address; one is needed here',
    ],
    [
      'dnat',
      'int_ip',
      '▸0.0.0.0',
      'bad-address',
      '0.0.0.0 stands for every address; one is needed here',
    ],
    [
      'snat',
      'ext_ip',
      '▸0.0.0.0',
      'bad-address',
      '0.0.0.0 stands for every address; one is needed here',
    ],
    [
      'snat',
      'int_ip',
      '▸10.0.0.0/33',
      'bad-network',
      '"10.0.0.0/33" is not an IP address or network',
    ],
    [
      'snat',
      'int_ip',
      '▸10.0.0.0/08',
      'bad-network',
      '"10.0.0.0/08" is not an IP address or network',
    ],
    ['snat', 'int_ip', '▸10.0.0.0/', 'bad-network', '"10.0.0.0/" is not an IP address or network'],
    [
      'snat',
      'int_ip',
      '▸10.0.0.0/255.0.255.0',
      'bad-network',
      '"10.0.0.0/255.0.255.0" is not an IP address or network',
    ],
    ['snat', 'int_ip', '▸lan', 'bad-network', '"lan" is not an IP address or network'],
    [
      'dnat',
      'sources',
      '[10.0.0.0/8, ▸lan]',
      'bad-network',
      '"lan" is not an IP address or network',
    ],
    ['dnat', 'sources', '▸[]', 'wrong-type', 'the list of networks is empty'],
    [
      'dnat',
      'sources',
      '▸{a: b}',
      'wrong-type',
      'expected networks: one or a list, found a mapping',
    ],
    ['hairpin', 'lan_cidr', '▸lan', 'bad-network', '"lan" is not an IP address or network'],
    ['dnat', 'ext_if', '▸eth/0', 'bad-interface', '"eth/0" is not an interface name'],
    ['dnat', 'ext_if', '▸"eth 0"', 'bad-interface', '"eth 0" is not an interface name'],
    ['dnat', 'ext_if', '▸eth+0', 'bad-interface', '"eth+0" is not an interface name'],
    ['dnat', 'ext_if', '▸"!eth0"', 'bad-interface', '"!eth0" is not an interface name'],
    ['dnat', 'ext_if', '▸-eth0', 'bad-interface', 'interface name -eth0 begins with a dash'],
    ['dnat', 'ext_if', '▸..', 'bad-interface', '".." is not an interface name'],
    ['dnat', 'ext_if', '▸+', 'bad-interface', 'an interface name is missing'],
    ['dnat', 'ext_if', '▸""', 'bad-interface', 'an interface name is missing'],
    [
      'dnat',
      'ext_if',
      '▸a234567890123456',
      'bad-interface',
      'interface name a234567890123456 is longer than 15 bytes',
    ],
    ['dnat', 'ext_if', '▸[eth0]', 'wrong-type', 'expected an interface name, found a list'],
    ['dnat', 'proto', '▸icmp', 'bad-protocol', 'unknown protocol "icmp"'],
    ['dnat', 'proto', '▸TCP', 'bad-protocol', 'unknown protocol "TCP"'],
    ['dnat', 'proto', '[tcp, ▸dccp]', 'bad-protocol', 'unknown protocol "dccp"'],
    ['dnat', 'proto', '▸6', 'wrong-type', 'expected a protocol, found a number'],
    ['dnat', 'local', '▸yes', 'wrong-type', 'expected true or false, found text'],
    ['dnat', 'enabled', '▸"false"', 'wrong-type', 'expected true or false, found text'],
    ['dnat', 'enabled', '▸0', 'wrong-type', 'expected true or false, found a number'],
    ['dnat', 'name', '▸""', 'invalid-text', 'this text is empty'],
    [
      'dnat',
      'name',
      '▸"two\\nlines"',
      'invalid-text',
      'this text contains a control or invisible character',
    ],
    [
      'dnat',
      'name',
      '▸"\\e[31mred"',
      'invalid-text',
      'this text contains a control or invisible character',
    ],
    [
      'dnat',
      'name',
      '▸"\\u202Eevil"',
      'invalid-text',
      'this text contains a control or invisible character',
    ],
    ['dnat', 'name', '▸"\\uD800"', 'invalid-text', 'this text is not well-formed Unicode'],
    ['dnat', 'name', '▸8', 'wrong-type', 'expected text, found a number'],
    ['docker', 'container', '▸""', 'invalid-text', 'this text is empty'],
    ['docker', 'container', '▸{a: b}', 'wrong-type', 'expected text, found a mapping'],
    [
      'docker',
      'network',
      '▸"a\\0b"',
      'invalid-text',
      'this text contains a control or invisible character',
    ],
  ])('%s %s: %s', (kind, key, written, code, message) => {
    const { said, marks, entries } = load(ruleFile(kind, { [key]: written }));
    expect(said).toEqual([`${marks[0]} ${code}: ${message}`]);
    expect(entries).toEqual([]);
  });

  test.each<Kind>(['dnat', 'snat', 'hairpin', 'docker'])('%s: a key without a value', (kind) => {
    const { said, marks } = load(
      `${kind}:\n  - ▸name:\n    ${ruleFile(kind, {}).slice(kind.length + 6)}`,
    );
    expect(said).toEqual([`${marks[0]} wrong-type: name has no value`]);
  });
});

describe('a hint says what would be right', () => {
  test.each<[kind: Kind, key: string, written: string, hint: string]>([
    [
      'dnat',
      'ext_ip',
      'host.example',
      'dotted decimal without leading zeros, or IPv6; host names are not resolved',
    ],
    ['dnat', 'ext_ip', '10.0.0.0/24', 'one address is meant here, without a prefix'],
    ['snat', 'int_ip', 'lan', 'as in 10.0.0.0/24'],
    ['dnat', 'ext_if', 'a b', 'as in eth0 or vmbr+'],
    ['dnat', 'proto', 'icmp', 'one of tcp, udp, sctp'],
    ['dnat', 'name', '8', 'put it in quotes'],
  ])('%s %s: %s', (kind, key, written, hint) => {
    expect(load(ruleFile(kind, { [key]: written })).diagnostics).toMatchObject([{ hint }]);
  });
});
