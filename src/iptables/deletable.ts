// Rules that iptables finds again by what iptables-save prints of them.
//
// `-D CHAIN RULE` compares the bytes of each match and target. Where the text does not tell them all, none
// is found: `recent` keeps a mask of 16 bytes, of which `--mask` sets 4 (libxt_recent.c).
import { scanSaved } from './saved-words.ts';

/** Whether `-D` with the text of a rule removes it. Of extensions that are not listed it is not known. */
export function isDeletableByText(spec: string): boolean {
  const { words } = scanSaved(spec);
  return words.every(
    ({ text }, index) => words[index - 1]?.text !== '-m' || comparableMatches.has(text),
  );
}

/** Matches of which test/kernel/deletable.test.ts proves it; of targets it is true of all. */
export const comparableMatches: ReadonlySet<string> = new Set([
  'addrtype',
  'bpf',
  'comment',
  'connbytes',
  'connlimit',
  'connmark',
  'conntrack',
  'cpu',
  'dccp',
  'devgroup',
  'dscp',
  'ecn',
  'esp',
  'hashlimit',
  'helper',
  'icmp',
  'icmp6',
  'iprange',
  'length',
  'limit',
  'mac',
  'mark',
  'multiport',
  'physdev',
  'pkttype',
  'policy',
  'quota',
  'realm',
  'sctp',
  'set',
  'statistic',
  'string',
  'tcp',
  'tcpmss',
  'time',
  'tos',
  'ttl',
  'u32',
  'udp',
]);
