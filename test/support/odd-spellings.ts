/** Spellings that generated rules and other people's templates have tripped over. */
import type { Family } from './kernel.ts';
import type { SpelledTable } from './spelled-rules.ts';

/** A rule as it is written, and the rules that iptables-save prints of it. */
export interface Spelling {
  readonly spelling: string;
  readonly canonical: readonly string[];
  /** Both, if left out. */
  readonly families?: readonly Family[];
  /** The filter table, if left out. */
  readonly table?: SpelledTable;
}

const ipv4 = ['ipv4'] as const;
const ipv6 = ['ipv6'] as const;

/** Rules of which iptables prints other words than were given. */
export const oddSpellings: readonly Spelling[] = [
  { spelling: '-p tcp --dport :', canonical: ['-p tcp -m tcp'] },
  { spelling: '-p sctp --dport :', canonical: ['-p sctp -m sctp --dport 0:65535'] },
  { spelling: '-p udp --sport 5:', canonical: ['-p udp -m udp --sport 5:65535'] },
  { spelling: '-p tcp ! --dport 5:', canonical: ['-p tcp -m tcp ! --dport 5:65535'] },
  { spelling: '-p tcp ! --dport :0', canonical: ['-p tcp -m tcp ! --dport 0'] },
  { spelling: '-p sctp ! --dport :5', canonical: ['-p sctp -m sctp ! --dport 0:5'] },
  {
    spelling: '-p tcp -m multiport --dports domain,1:2',
    canonical: ['-p tcp -m multiport --dports 53,1:2'],
  },
  {
    spelling: '-p tcp -m conntrack --ctorigdstport 80:',
    canonical: ['-p tcp -m conntrack --ctorigdstport 80:65535'],
  },
  {
    spelling: '-p tcp -m conntrack --ctorigdstport https --ctdir reply',
    canonical: ['-p tcp -m conntrack --ctorigdstport 443 --ctdir REPLY'],
  },
  {
    spelling: '-s 10.0.0.1,10.9.9.9/255.255.0.0 -d 192.0.2.1,0.0.0.0/0',
    canonical: [
      '-s 10.0.0.1/32 -d 192.0.2.1/32',
      '-s 10.0.0.1/32',
      '-s 10.9.0.0/16 -d 192.0.2.1/32',
      '-s 10.9.0.0/16',
    ],
    families: ipv4,
  },
  {
    spelling: '-s ::FFFF:1.2.3.4 -d ::1:2',
    canonical: ['-s ::ffff:1.2.3.4/128 -d ::0.1.0.2/128'],
    families: ipv6,
  },
  {
    spelling: '-s 2001:0DB8:0:0:1:0:0:1 -d 1:0:2:0:3:0:4:0',
    canonical: ['-s 2001:db8::1:0:0:1/128 -d 1:0:2:0:3:0:4:0/128'],
    families: ipv6,
  },
  {
    spelling: '-p tcp -j DNAT --to-destination :8080',
    canonical: ['-p tcp -j DNAT --to-destination :8080'],
    table: 'nat',
  },
  {
    spelling: '-p udp -j DNAT --to-destination [2001:DB8::1]:53-53 --persistent --random',
    canonical: ['-p udp -j DNAT --to-destination [2001:db8::1]:53 --random --persistent'],
    families: ipv6,
    table: 'nat',
  },
  {
    spelling: '-p tcp -j DNAT --to-destination 2001:DB8::1-2001:DB8::2',
    canonical: ['-p tcp -j DNAT --to-destination 2001:db8::1-2001:db8::2'],
    families: ipv6,
    table: 'nat',
  },
  {
    spelling: '-j REJECT',
    canonical: ['-j REJECT --reject-with icmp-port-unreachable'],
    families: ipv4,
  },
  {
    spelling: '-j REJECT',
    canonical: ['-j REJECT --reject-with icmp6-port-unreachable'],
    families: ipv6,
  },
];

/** Rules that natmap gives iptables in other words than its own: what was meant, and all take it. */
export const readAsMeant: readonly (Spelling & { readonly why: string })[] = [
  {
    why: 'nft makes the rest of a negated open range, legacy does not',
    spelling: '-p tcp ! --dport :5',
    canonical: ['-p tcp -m tcp --dport 6:65535'],
  },
  {
    why: 'multiport takes no range of one port',
    spelling: '-p tcp -m multiport --dports 5:5',
    canonical: ['-p tcp -m multiport --dports 5'],
  },
  {
    why: 'iptables 1.8.9 takes "-ptcp" for the name of a protocol',
    spelling: '-ptcp --dport 80',
    canonical: ['-p tcp -m tcp --dport 80'],
  },
  {
    why: 'iptables 1.8.9 takes "-ieth0" for the name of an interface',
    spelling: '-ieth0',
    canonical: ['-i eth0'],
  },
  {
    why: 'iptables takes no "!" beside a list of addresses',
    spelling: '! -s 10.0.0.1 -d 10.0.0.2,10.0.0.3',
    canonical: ['! -s 10.0.0.1/32 -d 10.0.0.2/32', '! -s 10.0.0.1/32 -d 10.0.0.3/32'],
    families: ipv4,
  },
  {
    why: 'iptables wants the protocol before a target with ports',
    spelling: '-j DNAT --to-destination :80 -p tcp',
    canonical: ['-p tcp -j DNAT --to-destination :80'],
    table: 'nat',
  },
  {
    why: 'iptables knows a service only under its own protocol',
    spelling: '-p udp --dport ssh',
    canonical: ['-p udp -m udp --dport 22'],
  },
];

/** Rules that natmap refuses though one variant of iptables takes them, and why. */
export const refusedByNatmap: readonly (Omit<Spelling, 'canonical'> & { readonly why: string })[] =
  [
    { why: 'nft has no such rule', spelling: '! -s 0.0.0.0/0', families: ipv4 },
    { why: 'nft has no such rule', spelling: '! -d ::/0', families: ipv6 },
    { why: 'nft takes it for all ports', spelling: '-p tcp ! --dport 0:65535' },
    { why: 'nft takes it for every interface', spelling: '! -i +' },
    {
      why: 'nft makes one match of them, legacy keeps two',
      spelling: '-p tcp -m tcp --dport 80 -m tcp --sport 90',
    },
    { why: 'a comment would be cut', spelling: `-m comment --comment ${'x'.repeat(256)}` },
    { why: 'it is read as octal', spelling: '-p tcp --dport 010' },
    { why: 'a host name would be looked up', spelling: '-s localhost', families: ipv4 },
  ];
