import { expect, test } from 'vitest';
import { jumpMissing } from '../../../src/doctor/checks/jump-missing.ts';
import { found } from '../found.ts';
import { closed, ruleset, value } from '../host.ts';

const rules = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}
snat:
  - {int_ip: 10.0.0.0/24, ext_if: vmbr0}
docker:
  - {container: web, ports: ["127.0.0.1:8080:80"]}
masquerade: [backend]
`;
const dnat = '3: 203.0.113.43:25/tcp → 10.0.0.101';
const snat = '5: 10.0.0.0/24 on vmbr0 → masquerade';
const masquerade = '8: backend: 172.19.0.0/16 → masquerade';
const loopback = '7: web: 127.0.0.1:8080/tcp → 172.18.0.2:80';

function without(line: string) {
  return (text: string) => text.replace(`${line}\n`, '');
}

test.each([
  ['PREROUTING', '-A PREROUTING -j NATMAP', [dnat]],
  ['OUTPUT', '-A OUTPUT -j NATMAP-OUTPUT', [loopback]],
  ['POSTROUTING', '-A POSTROUTING -j NATMAP-POSTROUTING', [snat, loopback, masquerade]],
  ['DOCKER-USER', '-A DOCKER-USER -j NATMAP', [dnat, masquerade]],
  ['FORWARD', '-A FORWARD -j DOCKER-USER', [dnat, masquerade]],
])('without the jump from %s the mappings that need it are named', (chain, line, suffering) => {
  const [finding, ...others] = found(jumpMissing, { rules, since: without(line) });
  expect(others).toEqual([]);
  expect(finding?.what).toBe(
    `error: the jump to natmap's chain is missing from ${chain} (IPv4), ${chain} (IPv6)`,
  );
  expect(finding?.for).toEqual(suffering);
  expect(finding?.run).toEqual(['natmap apply --docker docker.json']);
});

test('a jump for some packets only is none', () => {
  const since = (text: string) => text.replace('PREROUTING -j', 'PREROUTING -i vmbr0 -j');
  expect(found(jumpMissing, { rules, since })).toHaveLength(1);
});

test('a jump that an administrator has moved down is there', () => {
  const since = (text: string) =>
    text.replace('-A DOCKER-USER -j NATMAP', '-A DOCKER-USER -s 192.0.2.0/24 -j DROP\n$&');
  expect(found(jumpMissing, { rules, since })).toEqual([]);
});

test('without our chains there is nothing that a jump could lead to', () => {
  const bare = { ipv4: value(ruleset(closed, 'ipv4')), ipv6: value(ruleset(closed, 'ipv6')) };
  expect(found(jumpMissing, { rules, facts: { rules: bare } })).toEqual([]);
});
