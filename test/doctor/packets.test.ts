import { describe, expect, test } from 'vitest';
import { anyPackets, type PacketKind, packetsOf } from '../../src/doctor/packets.ts';
import { rulePackets } from '../../src/iptables/rule-packets.ts';
import { readSavedRule } from '../../src/iptables/saved-rule.ts';
import { parseNetwork } from '../../src/net/address.ts';
import { setCovers, setsOverlap } from '../../src/packet/packet-set.ts';

/** How many of the packets match the rule, on a host that nothing is known of. */
function matching(spec: string, kind: PacketKind): 'all' | 'some' | 'none' {
  const context = { family: 'ipv4', addresses: null } as const;
  const { atLeast, atMost } = rulePackets(readSavedRule(`${spec} -j ACCEPT`), context);
  const packets = packetsOf(kind, null);
  if (setCovers(atLeast, packets)) return 'all';
  return setsOverlap(atMost, packets) ? 'some' : 'none';
}

const mapped: PacketKind = {
  source: parseNetwork('192.0.2.0/24'),
  destination: parseNetwork('10.0.0.101'),
  in: 'vmbr0',
  out: 'lan0',
  protocol: 'tcp',
  ports: { first: 8000, last: 8009 },
  originalPorts: { first: 80, last: 89 },
  state: 'NEW',
  translated: 'DNAT',
  direction: 'ORIGINAL',
};

describe('packets of which all is known', () => {
  test.each([
    ['', 'all'],
    ['-s 192.0.0.0/16', 'all'],
    ['-s 192.0.2.0/25', 'some'],
    ['-s 10.0.0.0/8', 'none'],
    ['! -s 192.0.2.0/25', 'some'],
    ['! -s 192.0.0.0/16', 'none'],
    ['! -s 10.0.0.0/8', 'all'],
    ['-i vmbr0', 'all'],
    ['-i vmbr+', 'all'],
    ['-i wan+', 'none'],
    ['! -i docker0', 'all'],
    ['-p tcp', 'all'],
    ['-p udp', 'none'],
    ['! -p udp', 'all'],
    ['-p tcp -m tcp --dport 8000:9000', 'all'],
    ['-p tcp -m tcp --dport 8005', 'some'],
    ['-p tcp -m tcp --dport 25', 'none'],
    ['-p tcp -m multiport --dports 25,8000:8009', 'all'],
    ['-m conntrack --ctorigdstport 80:89', 'all'],
    ['-m conntrack --ctorigdstport 8000:8009', 'none'],
    ['-m conntrack --ctstate NEW', 'all'],
    ['-m conntrack --ctstate RELATED,ESTABLISHED', 'none'],
    ['-m conntrack ! --ctstate DNAT', 'none'],
    ['-m conntrack ! --ctstate INVALID', 'all'],
    ['-m conntrack --ctdir ORIGINAL', 'all'],
    ['-m conntrack --ctdir REPLY', 'none'],
    ['-m addrtype --dst-type LOCAL', 'some'],
    ['-m addrtype ! --dst-type LOCAL', 'some'],
    ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', 'all'],
    ['-m set --match-set bad src', 'some'],
    ['-i vmbr0 -p tcp -m tcp --dport 8005', 'some'],
    ['-p udp -m set --match-set bad src', 'none'],
  ] as const)('%s fits %s of them', (spec, fits) => {
    expect(matching(spec, mapped)).toBe(fits);
  });
});

describe('packets of which nothing is known', () => {
  test.each([
    ['-s 192.0.2.0/24', 'some'],
    ['! -s 192.0.2.0/24', 'some'],
    ['-s 0.0.0.0/0', 'all'],
    ['-i vmbr0', 'some'],
    ['! -i vmbr0', 'some'],
    ['-p tcp', 'some'],
    ['-p tcp -m tcp --dport 25', 'some'],
    ['-m addrtype --dst-type LOCAL', 'some'],
  ] as const)('%s may fit %s', (spec, fits) => {
    expect(matching(spec, anyPackets)).toBe(fits);
  });
});
