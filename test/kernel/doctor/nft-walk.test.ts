/** What base chains of nftables do with a connection that a mapping forwards, from what nft itself prints. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parseNft } from '../../../src/doctor/nft/ruleset.ts';
import { walkNft } from '../../../src/doctor/nft/walk.ts';
import { parseNetwork } from '../../../src/net/address.ts';
import { kernelReason } from '../../support/kernel.ts';

const traffic = {
  family: 'ipv4',
  source: null,
  destination: parseNetwork('172.18.0.2'),
  in: 'vmbr0',
  out: 'br0',
  protocol: 'tcp',
  ports: { first: 80, last: 80 },
  originalPorts: { first: 8080, last: 8080 },
  states: ['NEW', 'DNAT'],
  direction: 'ORIGINAL',
  destinationType: 'UNICAST',
  mark: { value: 1, mask: 3 },
} as const;

/** What `nft -j` prints of a table with these rules, loaded in a namespace of its own. */
function printed(rules: readonly string[], policy: string, more: string): string {
  const table = `table inet other { ${more}
    chain forward { type filter hook forward priority filter; policy ${policy};
      ${rules.join('\n')}
    }
  }`;
  const script = 'nft -f - && nft -j list ruleset';
  const { stdout, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', script], { input: table });
  if (stderr.length > 0) throw new Error(stderr.toString());
  return stdout.toString();
}

type Case = readonly [
  rules: readonly string[],
  policy: 'accept' | 'drop',
  fate: string,
  more?: string,
];

const cases: readonly Case[] = [
  [[], 'accept', 'accept by the policy'],
  [[], 'drop', 'drop by the policy'],
  [['ct state established,related accept'], 'drop', 'drop by the policy'],
  [['ct state { new, established } accept'], 'drop', 'accept by rule 1'],
  [['ct state invalid drop', 'ct status dnat accept'], 'drop', 'accept by rule 2'],
  [['ct status & dnat == dnat accept'], 'drop', 'unknown'],
  [['iifname "vmbr0" oifname "br*" accept'], 'drop', 'accept by rule 1'],
  [['iifname != "lan0" drop'], 'accept', 'drop by rule 1'],
  [['iifname { "lan0", "vmbr0" } reject'], 'accept', 'drop by rule 1'],
  [['ip daddr 172.18.0.0/16 counter drop'], 'accept', 'drop by rule 1'],
  [['ip daddr != 172.18.0.0/16 counter drop'], 'accept', 'accept by the policy'],
  [['ip6 daddr ::/0 drop'], 'accept', 'accept by the policy'],
  [['meta nfproto ipv4 drop'], 'accept', 'drop by rule 1'],
  [['ip saddr 10.0.0.0/8 accept'], 'drop', 'unknown'],
  [['tcp dport { 22, 80-81 } accept'], 'drop', 'accept by rule 1'],
  [['udp dport 80 drop', 'tcp dport 443 drop'], 'accept', 'accept by the policy'],
  [['meta mark and 0x3 == 0x1 accept'], 'drop', 'accept by rule 1'],
  [['meta mark 0x5 accept'], 'drop', 'unknown'],
  [['limit rate 5/second accept'], 'drop', 'unknown'],
  [
    ['log prefix "x" counter jump side'],
    'accept',
    'drop by rule 1 of side',
    'chain side { drop; }',
  ],
  [['jump side', 'drop'], 'accept', 'drop by rule 2', 'chain side { return; }'],
  [['goto side', 'drop'], 'accept', 'accept by the policy', 'chain side { }'],
  [['ct state vmap { established : accept, new : drop }'], 'accept', 'drop by rule 1'],
  [
    ['iifname vmap @jumps'],
    'accept',
    'unknown',
    'chain side { drop; }; map jumps { type ifname : verdict; elements = { "vmbr0" : jump side }; }',
  ],
];

const complete = cases.map(
  ([rules, policy, fate, more = '']) => [rules, policy, fate, more] as const,
);

test.skipIf(kernelReason()).each(complete)(
  '%j with policy %s: %s',
  (rules, policy, expected, more) => {
    const [table] = parseNft(printed(rules, policy, more)) ?? [];
    const base = table?.chains.find(({ hook }) => hook === 'forward');
    const fate = table && base && walkNft(table, base, traffic);
    const by = fate?.rule === null ? 'the policy' : `rule ${fate?.rule}`;
    const where = fate?.chain === 'forward' ? '' : ` of ${fate?.chain}`;
    expect(fate ? `${fate.kind} by ${by}${where}` : 'unknown').toBe(expected);
  },
);

test.each(['', '{}', '{"nftables": 1}', '[]'])('%j is not what nft prints', (text) => {
  expect(parseNft(text)).toBeNull();
});
