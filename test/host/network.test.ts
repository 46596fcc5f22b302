import { expect, test } from 'vitest';
import { readNetwork } from '../../src/host/network.ts';
import type { Outcome, Run } from '../../src/host/program.ts';
import { formatNetwork } from '../../src/net/address.ts';

function answers(outcomes: Readonly<Record<string, Partial<Outcome>>>): Run {
  const good: Outcome = { code: 0, stdout: '[]', stderr: '', failure: null };
  return async ({ args }) => ({ ...good, ...outcomes[args.join(' ')] });
}

const links = [
  {
    ifname: 'lo',
    addr_info: [{ family: 'inet', local: '127.0.0.1', scope: 'host' }],
  },
  {
    ifname: 'wan',
    addr_info: [
      { family: 'inet', local: '192.0.2.7', scope: 'global', dynamic: true },
      { family: 'inet6', local: '2001:db8::7', scope: 'global', dynamic: true, mngtmpaddr: true },
      { family: 'inet6', local: 'fe80::1', scope: 'link' },
    ],
  },
  {
    ifname: 'br0',
    linkinfo: { info_kind: 'bridge', info_data: { nf_call_iptables: 1, nf_call_ip6tables: 0 } },
    addr_info: [],
  },
  {
    ifname: 'veth1',
    master: 'br0',
    linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge', info_slave_data: { hairpin: false } },
  },
  { ifname: 'vlan1', master: 'bond0', linkinfo: { info_kind: 'vlan', info_slave_kind: 'bond' } },
];

test('links are distinguished, with their addresses', async () => {
  const run = answers({ '-json -details address': { stdout: JSON.stringify(links) } });
  const network = await readNetwork(run);
  expect(network.ok && network.links.map(({ name, kind }) => [name, kind])).toEqual([
    ['lo', { kind: 'other' }],
    ['wan', { kind: 'other' }],
    ['br0', { kind: 'bridge', netfilter: { ipv4: true, ipv6: false } }],
    ['veth1', { kind: 'bridge-port', bridge: 'br0', hairpin: false }],
    ['vlan1', { kind: 'other' }],
  ]);
  const wan = network.ok ? network.links[1]?.addresses : [];
  expect(wan?.map(({ address, advertised }) => [address.text, advertised])).toEqual([
    ['192.0.2.7', false],
    ['2001:db8::7', true],
    ['fe80::1', false],
  ]);
});

test('routes lead to devices, those of several hops to each, and dead ends to none', async () => {
  const ipv4 = [
    { dst: 'default', gateway: '192.0.2.1', dev: 'wan', flags: [] },
    { dst: '10.9.0.0/16', flags: [], nexthops: [{ dev: 'lan0' }, { dev: 'lan1' }] },
    { dst: '10.0.0.5', dev: 'lan0', flags: [] },
    { type: 'blackhole', dst: '10.8.0.0/16', flags: [] },
  ];
  const ipv6 = [{ dst: 'default', dev: 'wan', protocol: 'ra' }];
  const network = await readNetwork(
    answers({
      '-json -4 route': { stdout: JSON.stringify(ipv4) },
      '-json -6 route': { stdout: JSON.stringify(ipv6) },
    }),
  );
  const routes = network.ok ? network.routes : [];
  expect(routes.map(({ destination, device }) => [formatNetwork(destination), device])).toEqual([
    ['0.0.0.0/0', 'wan'],
    ['10.9.0.0/16', 'lan0'],
    ['10.9.0.0/16', 'lan1'],
    ['10.0.0.5/32', 'lan0'],
    ['::/0', 'wan'],
  ]);
});

test.each([
  ['that is not there', { code: null, failure: 'not-found' as const }, /not found.*iproute2/],
  [
    'that fails',
    { code: 1, stderr: 'Cannot open netlink socket\n' },
    /^Cannot open netlink socket$/,
  ],
  ['that fails without a word', { code: 255 }, /exit code 255/],
  ['that prints no JSON', { stdout: 'lo UP' }, /no JSON/],
])('a program %s is reported', async (_, outcome, said) => {
  const network = await readNetwork(answers({ '-json -details address': outcome }));
  expect(network).toEqual({ ok: false, message: expect.stringMatching(said) });
});

test('what is strange in the answer is passed over', async () => {
  const stdout = JSON.stringify([
    null,
    7,
    { ifname: 3 },
    { ifname: 'a', addr_info: [{ local: 'x' }] },
  ]);
  const network = await readNetwork(answers({ '-json -details address': { stdout } }));
  expect(network.ok && network.links).toEqual([
    { name: 'a', kind: { kind: 'other' }, addresses: [] },
  ]);
});
