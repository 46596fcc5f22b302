import { expect, test } from 'vitest';
import { nftForwardDrop } from '../../../src/doctor/checks/nft-forward-drop.ts';
import { found } from '../found.ts';
import { accept, drop, match, meta, nft, nftables } from '../nft-rules.ts';

const rules = `dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}
  - {ext_ip: "2001:db8:43::43", int_ip: "2001:db8:10::101", ports: 25}
`;

const established = match({ ct: { key: 'state' } }, ['established', 'related'], 'in');

test('a hand-written table with a policy of drop is named, with the rule that lets mappings in', () => {
  const forward = {
    name: 'fwd',
    hook: 'forward',
    policy: 'drop',
    rules: [[established, accept]],
  } as const;
  const facts = nftables(...nft('inet', 'filter', forward));
  expect(found(nftForwardDrop, { rules, facts })).toEqual([
    {
      what: 'error: table inet filter of nftables drops what mappings forward (IPv4, IPv6)',
      for: [
        '2: 203.0.113.43:25/tcp → 10.0.0.101',
        '3: [2001:db8:43::43]:25/tcp → 2001:db8:10::101',
      ],
      run: ['nft insert rule inet filter fwd ct status dnat accept'],
    },
  ]);
});

test('a table of one family drops only what is of that family', () => {
  const forward = {
    name: 'f',
    hook: 'forward',
    policy: 'accept',
    rules: [[match(meta('oifname'), 'lan0'), drop]],
  } as const;
  const [finding, ...others] = found(nftForwardDrop, {
    rules,
    facts: nftables(...nft('ip', 'mine', forward)),
  });
  expect(others).toEqual([]);
  expect(finding?.what).toBe('error: table ip mine of nftables drops what mappings forward (IPv4)');
});

test('the interface of a libvirt network is matched by its number, which nft prints as its name', () => {
  const forward = {
    name: 'forward',
    hook: 'forward',
    policy: 'accept',
    rules: [
      [match(meta('iif'), 'lan0'), match(meta('oif'), 'lan0'), accept],
      [match(meta('oif'), 'lan0'), drop],
    ],
  } as const;
  const [finding] = nftForwardDropOf(nft('ip', 'libvirt_network', forward));
  expect(finding?.run).toEqual([
    'nft insert rule ip libvirt_network forward ct status dnat accept',
  ]);
});

test("firewalld's setting is named where it is firewalld", () => {
  const reject = [{ reject: { type: 'icmpx', expr: 'admin-prohibited' } }];
  const forward = {
    name: 'filter_FORWARD',
    hook: 'forward',
    policy: 'accept',
    rules: [reject],
  } as const;
  const [finding] = nftForwardDropOf(nft('inet', 'firewalld', forward));
  expect(finding?.run).toEqual(['systemctl restart firewalld']);
});

test.each<[what: string, items: readonly object[]]>([
  ['no table', []],
  [
    'what is accepted',
    nft('inet', 'filter', { name: 'f', hook: 'forward', policy: 'accept', rules: [] }),
  ],
  [
    'what is unknown',
    nft('inet', 'filter', {
      name: 'f',
      hook: 'forward',
      policy: 'drop',
      rules: [[match({ fib: {} }, 'local'), accept]],
    }),
  ],
  ['another hook', nft('inet', 'filter', { name: 'in', hook: 'input', policy: 'drop', rules: [] })],
  [
    "iptables' own table, which other checks read",
    nft('ip', 'filter', { name: 'FORWARD', hook: 'forward', policy: 'drop', rules: [] }),
  ],
  [
    "Docker's, which another check reads",
    nft('ip', 'docker-bridges', {
      name: 'filter-FORWARD',
      hook: 'forward',
      policy: 'drop',
      rules: [],
    }),
  ],
])('there is no finding for %s', (_, items) => {
  expect(nftForwardDropOf(items)).toEqual([]);
});

function nftForwardDropOf(items: readonly object[]) {
  return found(nftForwardDrop, { rules, facts: nftables(...items) });
}
