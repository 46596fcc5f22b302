import { expect, test } from 'vitest';
import { nftInTables } from '../../../src/doctor/checks/nft-in-tables.ts';
import { found } from '../found.ts';
import { everyKind, factsOf, unread, value } from '../host.ts';

const none = { ipv4: value([]), ipv6: value([]) };

test('tables with nothing but rules of iptables are fine', () => {
  expect(found(nftInTables, { rules: everyKind })).toEqual([]);
});

test('base chains that nft made are a warning, with the command that lists them', () => {
  const since = (text: string) =>
    `# Table \`filter' contains incompatible base-chains, use 'nft' tool to list them.\n${text}`;
  expect(found(nftInTables, { rules: everyKind, since })[0]).toEqual({
    what: 'warning: IPv4 table filter holds base chains that nft made and iptables does not show',
    for: [],
    run: ['nft list table ip filter'],
  });
});

test('in a dormant table no mapping works', () => {
  const rules = 'dnat: [{ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}]\n';
  const tableFlags = { ipv4: value(['nat']), ipv6: value(['nat']) };
  expect(found(nftInTables, { rules, facts: { tableFlags } })).toEqual([
    {
      what: 'error: IPv4 table nat is dormant, or another program owns it',
      for: ['1: 203.0.113.43:25/tcp → 10.0.0.101'],
      run: ['nft list table ip nat'],
    },
    {
      what: 'warning: IPv6 table nat is dormant, or another program owns it',
      for: [],
      run: ['nft list table ip6 nat'],
    },
  ]);
});

test('where nft could not be asked nothing is found', () => {
  const tableFlags = { ...none, ipv4: unread('nft was not found on the PATH') };
  expect(nftInTables.find({ ...factsOf({}), tableFlags })).toEqual([]);
});
