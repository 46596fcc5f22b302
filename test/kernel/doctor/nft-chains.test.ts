/** What base chains of nftables do with a connection that a mapping forwards, from what nft itself prints. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type ChainEnd, chainEnd } from '../../../src/doctor/chain-end.ts';
import { nftChains } from '../../../src/doctor/nft/chains.ts';
import { parseNft } from '../../../src/doctor/nft/ruleset.ts';
import { packetsOf } from '../../../src/doctor/packets.ts';
import { parseNetwork } from '../../../src/net/address.ts';
import { kernelReason } from '../../support/kernel.ts';

const mapped = {
  source: null,
  destination: parseNetwork('172.18.0.2'),
  in: 'vmbr0',
  out: 'br0',
  protocol: 'tcp',
  ports: { first: 80, last: 80 },
  originalPorts: { first: 8080, last: 8080 },
  state: 'NEW',
  translated: 'DNAT',
  direction: 'ORIGINAL',
} as const;

const context = { family: 'ipv4', mark: { value: 1, mask: 3 } } as const;

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

function inWords(end: ChainEnd): string {
  if (end.kind === 'policy') return `${end.disposition} by the policy`;
  if (end.kind !== 'rule') return end.kind;
  const { chain, number } = end.rule;
  return `${end.disposition} by rule ${number}${chain === 'forward' ? '' : ` of ${chain}`}`;
}

test.skipIf(kernelReason()).each(complete)(
  '%j with policy %s: %s',
  (rules, policy, expected, more) => {
    const [table] = parseNft(printed(rules, policy, more)) ?? [];
    const base = table?.chains.find(({ hook }) => hook === 'forward');
    if (table === undefined || base === undefined) throw new Error('nothing was printed');
    const way = { table: table.name, from: base.name };
    const end = chainEnd(nftChains(table, context), way, packetsOf(mapped, null));
    expect(inWords(end).replace('reject', 'drop')).toBe(expected);
  },
);

test.each(['', '{}', '{"nftables": 1}', '[]'])('%j is not what nft prints', (text) => {
  expect(parseNft(text)).toBeNull();
});
