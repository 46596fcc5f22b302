/**
 * A ruleset as found on a Docker host that an administrator has worked on: all four tables, Docker's
 * chains, rules of ferm's and ufw's kind, an ipset, comments with quotes and backslashes, counters.
 * Nothing of it is natmap's.
 */
import { load } from './iptables.ts';
import { type Family, families, type Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';

const places = {
  ipv4: {
    set: 'blocked4',
    type: 'inet',
    office: '192.0.2.0/24',
    bridge: '172.17.0.0/16',
    web: '172.17.0.2/32',
    webTarget: '172.17.0.2:80',
    loopback: '127.0.0.0/8',
    reject: 'icmp-port-unreachable',
  },
  ipv6: {
    set: 'blocked6',
    type: 'inet6',
    office: '2001:db8:52::/64',
    bridge: '2001:db8:17::/64',
    web: '2001:db8:17::2/128',
    webTarget: '[2001:db8:17::2]:80',
    loopback: '::1/128',
    reject: 'icmp6-port-unreachable',
  },
} as const;

/** Loads the ruleset of both families, with the sets that it needs. */
export async function loadDockerRuleset(
  ns: Namespace,
  variant: Variant,
  edit: (text: string) => string = (text) => text,
): Promise<void> {
  for (const family of families) {
    const { set, type, office } = places[family];
    await ns.mustRun('ipset', ['create', set, 'hash:net', 'family', type]);
    await ns.mustRun('ipset', ['add', set, office]);
    await load(ns, variant, family, edit(dockerRuleset(family)));
  }
}

/** The text of the ruleset. */
export function dockerRuleset(family: Family): string {
  const { set, office, bridge, web, webTarget, loopback, reject } = places[family];
  return String.raw`*raw
:PREROUTING ACCEPT [901:81000]
:OUTPUT ACCEPT [77:6600]
[3:180] -A PREROUTING -d ${web} ! -i docker0 -j DROP
[0:0] -A PREROUTING -p udp -m udp --dport 5060 -j CT --notrack
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
[7:420] -A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
[0:0] -A POSTROUTING -o vmbr0 -m comment --comment "the boss\'s \"fast\" lane \\ 5%" -j MARK --set-xmark 0x1/0xffffffff
COMMIT
*filter
:INPUT ACCEPT [1200:98000]
:FORWARD DROP [5:300]
:OUTPUT ACCEPT [1100:87000]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
:ufw-user-limit - [0:0]
[2:120] -A INPUT -m set --match-set ${set} src -j DROP
[0:0] -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m limit --limit 6/min --limit-burst 3 -j ufw-user-limit
[0:0] -A INPUT -p tcp -m multiport --dports 80,443,8000:8010 -m comment --comment web -j ACCEPT
[41:2460] -A FORWARD -j DOCKER-USER
[40:2400] -A FORWARD -j DOCKER-ISOLATION-STAGE-1
[30:1800] -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[6:360] -A FORWARD -o docker0 -j DOCKER
[4:240] -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
[0:0] -A FORWARD -i docker0 -o docker0 -j ACCEPT
[6:360] -A DOCKER -d ${web} ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
[4:240] -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
[40:2400] -A DOCKER-ISOLATION-STAGE-1 -j RETURN
[0:0] -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
[4:240] -A DOCKER-ISOLATION-STAGE-2 -j RETURN
[1:60] -A DOCKER-USER -m set --match-set ${set} src -j DROP
[9:540] -A DOCKER-USER -s ${office} -i vmbr0 -p tcp -m tcp --dport 3306 -m comment --comment "admin: \"office\" only" -j ACCEPT
[31:1860] -A DOCKER-USER -j RETURN
[0:0] -A ufw-user-limit -m limit --limit 3/min -j LOG --log-prefix "[UFW LIMIT BLOCK] "
[0:0] -A ufw-user-limit -j REJECT --reject-with ${reject}
COMMIT
*nat
:PREROUTING ACCEPT [10:600]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [20:1200]
:POSTROUTING ACCEPT [20:1200]
:DOCKER - [0:0]
[10:600] -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
[0:0] -A OUTPUT ! -d ${loopback} -m addrtype --dst-type LOCAL -j DOCKER
[4:240] -A POSTROUTING -s ${bridge} ! -o docker0 -j MASQUERADE
[0:0] -A POSTROUTING -s ${web} -d ${web} -p tcp -m tcp --dport 80 -j MASQUERADE
[0:0] -A DOCKER -i docker0 -j RETURN
[6:360] -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8888 -j DNAT --to-destination ${webTarget}
COMMIT
`;
}
