import { expect, test } from 'vitest';
import { analyzed } from './rules.ts';

const ssh = (sources: string) =>
  `dnat:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 22${sources}}\n`;
const ssh6 = (sources: string) =>
  `dnat:\n  - {ext_ip: "2001:db8::43", int_ip: "2001:db8:1::1", ports: 22, sources: ${sources}}\n`;

test.each([
  { name: 'no sources', rules: ssh('') },
  { name: 'every address', rules: ssh(', sources: [0.0.0.0/0]') },
  { name: 'two halves of the internet', rules: ssh(', sources: [0.0.0.0/1, 128.0.0.0/1]') },
  { name: 'two /8', rules: ssh(', sources: [8.0.0.0/8, 9.0.0.0/8]') },
  { name: 'a /8 and one address more', rules: ssh(', sources: [8.0.0.0/8, 9.0.0.1]') },
  { name: 'a /15 of IPv6', rules: ssh6('["2000::/15"]') },
  {
    name: 'a hairpin for every client',
    rules: `hairpin:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 22, lan_cidr: 0.0.0.0/0}\n`,
  },
])('$name: port 22 is open', ({ rules }) => {
  expect(analyzed(rules, 'open-admin-port')).toHaveLength(1);
});

test.each([
  { name: 'one network', rules: ssh(', sources: [198.51.100.0/24]') },
  { name: 'a /8', rules: ssh(', sources: [10.0.0.0/8]') },
  { name: 'a /8 twice', rules: ssh(', sources: [10.0.0.0/8, 10.1.0.0/16]') },
  { name: 'a /16 of IPv6', rules: ssh6('["2001::/16"]') },
  {
    name: 'a hairpin for a LAN',
    rules: `hairpin:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 22, lan_cidr: 10.0.0.0/24}\n`,
  },
  {
    name: 'loopback',
    rules: `docker:\n  - {target_ip: 10.0.0.9, ports: ["127.0.0.1:2222:22"]}\n`,
  },
])('$name: port 22 is restricted', ({ rules }) => {
  expect(analyzed(rules, 'open-admin-port')).toEqual([]);
});
