/**
 * Rules in the spellings that people use, and what iptables-save prints of them: contract, section 9.
 * A unit test holds the model against this table and a kernel test holds the table against iptables.
 */
import type { Spelling } from '../support/odd-spellings.ts';

const ipv4 = ['ipv4'] as const;
const ipv6 = ['ipv6'] as const;

/** Words behind `-A CHAIN`; where families or the table are left out, both, and the filter table. */
export const spellings: readonly Spelling[] = [
  // Addresses and networks
  of4('-s 10.0.0.1', '-s 10.0.0.1/32'),
  of4('--source 10.0.0.1/32', '-s 10.0.0.1/32'),
  of4('--src 10.1.2.3/8', '-s 10.0.0.0/8'),
  of4('-d 10.1.2.3/255.255.255.0', '-d 10.1.2.0/24'),
  of4('--dst 10.1.2.3/255.255.255.255', '-d 10.1.2.3/32'),
  of4('--destination 0.0.0.0/0 -j DROP', '-j DROP'),
  of4('-s 0.0.0.0/0 -d 10.0.0.1', '-d 10.0.0.1/32'),
  of4('-s 0/0 -d 10/8', '-d 10.0.0.0/8'),
  of4('! -s 10.1/16', '! -s 10.1.0.0/16'),
  of4('-d 10.1.2/255.255.0.0', '-d 10.1.0.0/16'),
  of4('! -s 10.0.0.0/8', '! -s 10.0.0.0/8'),
  of4('! --dst 127.0.0.1', '! -d 127.0.0.1/32'),
  of4('-d 10.0.0.1 -s 10.0.0.2', '-s 10.0.0.2/32 -d 10.0.0.1/32'),
  of4('-s 10.0.0.1,10.0.0.2', '-s 10.0.0.1/32', '-s 10.0.0.2/32'),
  of4('-d 10.0.0.0/9,10.128.0.0/9 -j DROP', '-d 10.0.0.0/9 -j DROP', '-d 10.128.0.0/9 -j DROP'),
  of6('-s 2001:DB8::1', '-s 2001:db8::1/128'),
  of6('-s 2001:db8:0:0:0:0:0:1/128', '-s 2001:db8::1/128'),
  of6('-d 2001:db8:ffff::/33', '-d 2001:db8:8000::/33'),
  of6('-d fe80::1/10', '-d fe80::/10'),
  of6('-s ::/0 -j DROP', '-j DROP'),
  of6('-s ::', '-s ::/128'),
  of6('! -d ::1', '! -d ::1/128'),
  of6('-s fd00::1,fd00::2', '-s fd00::1/128', '-s fd00::2/128'),

  // Interfaces
  both('--in-interface eth0', '-i eth0'),
  both('--out-interface vmbr+', '-o vmbr+'),
  both('-i + -o eth0', '-o eth0'),
  both('! -i docker0 -o docker0', '! -i docker0 -o docker0'),
  both('-o br-0a1b2c3d4e5f -i eth0.42', '-i eth0.42 -o br-0a1b2c3d4e5f'),

  // Protocols and ports
  both('--protocol tcp', '-p tcp'),
  both('--proto 17', '-p udp'),
  both('-p 132', '-p sctp'),
  both('-p TCP', '-p tcp'),
  both('-p all -j RETURN', '-j RETURN'),
  both('-p 0 -j ACCEPT', '-j ACCEPT'),
  both('! -p tcp', '! -p tcp'),
  of4('-p 1', '-p icmp'),
  both('-p tcp --dport 80', '-p tcp -m tcp --dport 80'),
  both('-p tcp -m tcp --dport 80', '-p tcp -m tcp --dport 80'),
  both('-p tcp --destination-port 80', '-p tcp -m tcp --dport 80'),
  both('-p udp --source-port 53', '-p udp -m udp --sport 53'),
  both('-p sctp --dport 9899', '-p sctp -m sctp --dport 9899'),
  both('-p tcp --dport=80', '-p tcp -m tcp --dport 80'),
  both('-p tcp --dport 80 --sport 1024:65535', '-p tcp -m tcp --sport 1024:65535 --dport 80'),
  both('-p tcp --dport 80:80', '-p tcp -m tcp --dport 80'),
  both('-p tcp --dport 1024:', '-p tcp -m tcp --dport 1024:65535'),
  both('-p tcp --dport :1023', '-p tcp -m tcp --dport 0:1023'),
  both('-p tcp --dport 0:65535', '-p tcp -m tcp'),
  both('-p tcp ! --dport 22', '-p tcp -m tcp ! --dport 22'),
  both('-p tcp --dport https', '-p tcp -m tcp --dport 443'),
  both('-p tcp --dport ssh:smtp', '-p tcp -m tcp --dport 22:25'),
  both('-p udp --dport domain', '-p udp -m udp --dport 53'),
  both('-m tcp -p tcp --dport 80', '-p tcp -m tcp --dport 80'),
  both('-p tcp -m multiport --dports 80,443', '-p tcp -m multiport --dports 80,443'),
  both('-p udp -m multiport --sports 53,67:68', '-p udp -m multiport --sports 53,67:68'),
  both('-p tcp -m multiport --ports ssh,80', '-p tcp -m multiport --ports 22,80'),
  both('-p tcp -m multiport ! --destination-ports 1,2', '-p tcp -m multiport ! --dports 1,2'),
  both(
    '-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14:15',
    '-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14:15',
  ),
  both('-p tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'),
  both('-p tcp ! --syn', '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN'),
  both('-p tcp --tcp-flags rst,syn syn', '-p tcp -m tcp --tcp-flags SYN,RST SYN'),
  both('-p tcp --tcp-flags ALL NONE', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE'),
  both('-p tcp --tcp-option 2', '-p tcp -m tcp --tcp-option 2'),

  // Matches, in the order given
  both('-m conntrack --ctstate ESTABLISHED,RELATED', '-m conntrack --ctstate RELATED,ESTABLISHED'),
  both('-m conntrack --ctstate new,related', '-m conntrack --ctstate NEW,RELATED'),
  both('-m conntrack ! --ctstate INVALID', '-m conntrack ! --ctstate INVALID'),
  both('-m conntrack --ctdir reply --ctstate DNAT', '-m conntrack --ctstate DNAT --ctdir REPLY'),
  both(
    '-m conntrack --ctdir ORIGINAL --ctorigdstport 8080 --ctstate DNAT -p tcp -j DROP',
    '-p tcp -m conntrack --ctstate DNAT --ctorigdstport 8080 --ctdir ORIGINAL -j DROP',
  ),
  both('-m addrtype --dst-type local', '-m addrtype --dst-type LOCAL'),
  both('-m addrtype ! --src-type LOCAL', '-m addrtype ! --src-type LOCAL'),
  both(
    '-m addrtype --dst-type MULTICAST,LOCAL --src-type UNICAST',
    '-m addrtype --src-type UNICAST --dst-type LOCAL,MULTICAST',
  ),
  both(
    '-m addrtype --limit-iface-in --dst-type LOCAL',
    '-m addrtype --dst-type LOCAL --limit-iface-in',
  ),
  both(
    '-m statistic --mode random --probability 0.33333333333',
    '-m statistic --mode random --probability 0.33333333349',
  ),
  both(
    '-m statistic --probability .5 --mode random',
    '-m statistic --mode random --probability 0.50000000000',
  ),
  both(
    '-m statistic --mode random ! --probability 1',
    '-m statistic --mode random ! --probability 1.00000000000',
  ),
  // In the middle between two numbers of 11 digits: the even one.
  both(
    '-m statistic --mode random --probability 0.000244140625',
    '-m statistic --mode random --probability 0.00024414062',
  ),
  both(
    '-m statistic --mode random --probability 0.000732421875',
    '-m statistic --mode random --probability 0.00073242188',
  ),
  both(
    '-m statistic --mode nth --packet 0 --every 3',
    '-m statistic --mode nth --every 3 --packet 0',
  ),
  both(
    '-m statistic --mode nth ! --every 4 --packet 3 -p tcp --dport 80',
    '-p tcp -m statistic --mode nth ! --every 4 --packet 3 -m tcp --dport 80',
  ),
  both('-m comment --comment web -j ACCEPT', '-m comment --comment web -j ACCEPT'),
  both('-j ACCEPT -m comment --comment web', '-m comment --comment web -j ACCEPT'),
  both('-m comment --comment "a b"', '-m comment --comment "a b"'),
  both('-m comment --comment "a_b-C9"', '-m comment --comment a_b-C9'),
  both('-m comment --comment natmap:dnat:80', '-m comment --comment "natmap:dnat:80"'),
  both(`-m comment --comment "it's"`, String.raw`-m comment --comment "it\'s"`),
  both(String.raw`-m comment --comment "\"\\"`, String.raw`-m comment --comment "\"\\"`),
  both(String.raw`-m comment --comment a\b`, String.raw`-m comment --comment "a\\b"`),
  both('-m comment --comment ""', '-m comment --comment ""'),
  both('-m comment --comment "Größe 🙂"', '-m comment --comment "Größe 🙂"'),
  both('-m comment --comment "-j"', '-m comment --comment -j'),
  both(
    '-m comment --comment a -p tcp --dport 80 -j DROP',
    '-p tcp -m comment --comment a -m tcp --dport 80 -j DROP',
  ),

  // Targets
  both('--jump ACCEPT', '-j ACCEPT'),
  both('-j RETURN -p udp', '-p udp -j RETURN'),
  both('-j NATMAP-A', '-j NATMAP-A'),
  both('--goto NATMAP-A', '-g NATMAP-A'),
  nat4('-j DNAT --to-destination 10.0.0.1', '-j DNAT --to-destination 10.0.0.1'),
  nat4('-j DNAT --to-destination=10.0.0.1', '-j DNAT --to-destination 10.0.0.1'),
  nat4(
    '-p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8080',
    '-p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8080',
  ),
  nat4(
    '-p tcp -j DNAT --to-destination 10.0.0.1:80-89/1080',
    '-p tcp -j DNAT --to-destination 10.0.0.1:80-89/1080',
  ),
  nat4(
    '-j DNAT --persistent --to-destination 10.0.0.1-10.0.0.9 --random',
    '-j DNAT --to-destination 10.0.0.1-10.0.0.9 --random --persistent',
  ),
  nat6(
    '-p tcp -j DNAT --to-destination [2001:DB8:0::1]:80-89/1080',
    '-p tcp -j DNAT --to-destination [2001:db8::1]:80-89/1080',
  ),
  nat6('-j DNAT --to-destination 2001:DB8::1', '-j DNAT --to-destination 2001:db8::1'),
  nat6('-j DNAT --to-destination [2001:DB8::1]', '-j DNAT --to-destination 2001:db8::1'),
  nat4('-j SNAT --to-source 203.0.113.1', '-j SNAT --to-source 203.0.113.1'),
  nat4(
    '-p udp -j SNAT --random-fully --to-source 203.0.113.1-203.0.113.9:1024-2048',
    '-p udp -j SNAT --to-source 203.0.113.1-203.0.113.9:1024-2048 --random-fully',
  ),
  nat4('-j MASQUERADE --random', '-j MASQUERADE --random'),
  nat4('-p tcp -j MASQUERADE --to-ports 1024-2048', '-p tcp -j MASQUERADE --to-ports 1024-2048'),
  nat4('-p tcp -j REDIRECT --to-ports 8080', '-p tcp -j REDIRECT --to-ports 8080'),
  both('-j MARK --set-xmark 0x1/0x3', '-j MARK --set-xmark 0x1/0x3'),
  both('-j MARK --set-xmark 0xFF', '-j MARK --set-xmark 0xff/0xffffffff'),
  of4('-d 10.0.0.1 -j MARK --set-xmark 16/16', '-d 10.0.0.1/32 -j MARK --set-xmark 0x10/0x10'),
];

function both(spelling: string, ...canonical: string[]): Spelling {
  return { spelling, canonical };
}

function of4(spelling: string, ...canonical: string[]): Spelling {
  return { spelling, canonical, families: ipv4 };
}

function of6(spelling: string, ...canonical: string[]): Spelling {
  return { spelling, canonical, families: ipv6 };
}

function nat4(spelling: string, ...canonical: string[]): Spelling {
  return { spelling, canonical, families: ipv4, table: 'nat' };
}

function nat6(spelling: string, ...canonical: string[]): Spelling {
  return { spelling, canonical, families: ipv6, table: 'nat' };
}
