import { describe, expect, test } from 'vitest';
import { engineNftables } from '../../../src/doctor/checks/engine-nftables.ts';
import { engine } from '../engine.ts';
import { found } from '../found.ts';
import { accept, match, meta, nft, nftables } from '../nft-rules.ts';

const docker = 'docker: [{container: web, ports: ["8080:80"]}]\n';
const marked = `engine: {accept_mark: 0x10/0x10}\n${docker}`;
const onNftables = engine({ firewall: 'nftables' });
const open = (text: string) => text.replace(':FORWARD DROP', ':FORWARD ACCEPT');

const web = ['*:8080/tcp → 172.18.0.2:80', '*:8080/tcp → [2001:db8:18::2]:80'];
const mappings = (line: number) => web.map((each) => `${line}: web: ${each}`);

/** Docker's table of a network, whose marked packets it lets in. */
function dockerTable(family: string, ...rules: readonly (readonly object[])[]) {
  return nft(family, 'docker-bridges', { name: 'filter-forward-in__br0', rules });
}

const masked = (mask: number, value: number) => [
  match({ '&': [meta('mark'), mask] }, value),
  { counter: { packets: 0, bytes: 0 } },
  accept,
];

test('Docker on its nftables backend drops what mappings let in without a mark', () => {
  expect(found(engineNftables, { rules: docker, since: open, facts: onNftables })).toEqual([
    {
      what: 'error: Docker makes its rules with nftables, and the rules name no accept_mark',
      for: mappings(1),
      run: ['systemctl restart docker'],
    },
  ]);
});

describe('with accept_mark', () => {
  const findings = (...tables: readonly (readonly object[])[]) =>
    found(engineNftables, {
      rules: marked,
      since: open,
      facts: { ...onNftables, ...nftables(...tables.flat()) },
    });

  test('there is no finding where Docker lets that mark in', () => {
    const same = [masked(0x10, 0x10)];
    expect(findings(dockerTable('ip', ...same), dockerTable('ip6', ...same))).toEqual([]);
  });

  test.each([
    ['another mark', masked(0x20, 0x20), 'is 0x20/0x20'],
    ['a whole mark', [match(meta('mark'), 16), accept], 'is 0x10/0xffffffff'],
    ['no mark', [accept], 'is not set'],
  ])('%s of Docker is named', (_, rule, is) => {
    expect(findings(dockerTable('ip', rule))).toEqual([
      {
        what: `error: Docker's bridge-accept-fwmark ${is}, and accept_mark is 0x10/0x10 (IPv4)`,
        for: mappings(2).slice(0, 1),
        run: ['systemctl restart docker'],
      },
    ]);
  });
});

test('a FORWARD policy of DROP that Docker with iptables left behind is named in each family', () => {
  const findings = found(engineNftables, { rules: '', facts: onNftables });
  expect(findings.map(({ what, run }) => [what, ...run])).toEqual([
    [
      'warning: the policy of FORWARD is DROP (IPv4), and Docker makes its rules with nftables',
      'iptables -w -P FORWARD ACCEPT',
    ],
    [
      'warning: the policy of FORWARD is DROP (IPv6), and Docker makes its rules with nftables',
      'ip6tables -w -P FORWARD ACCEPT',
    ],
  ]);
});

test.each([
  ['makes them with iptables', engine({ firewall: 'iptables' })],
  ['does not tell', engine({ firewall: null })],
  ['is podman, whose rules accept', engine({ kind: 'podman', firewall: 'nftables' })],
])('when the engine %s, there is no finding', (_, facts) => {
  expect(found(engineNftables, { rules: docker, facts })).toEqual([]);
});
