/**
 * Rules of natmap's in chains of others, with each match: what iptables finds by the text that iptables-save
 * prints is deleted by it, the rest by its number, and a revert brings back all of them.
 */
import { describe, expect, test } from 'vitest';
import { comparableMatches, isDeletableByText } from '../../src/iptables/deletable.ts';
import { comparableLines } from '../../src/iptables/print.ts';
import { flushGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { restoreGoal } from '../../src/plan/restore-goal.ts';
import { kernelReason, variantsAndFamilies } from '../support/kernel.ts';
import { carryOut, live } from '../support/live-rules.ts';
import { createNamespace } from '../support/namespace.ts';
import { block, mustRestore, restore } from '../support/restore.ts';

const both: readonly string[] = [
  '-m limit --limit 5/min',
  '-m hashlimit --hashlimit-name h1 --hashlimit-upto 5/sec',
  '-m hashlimit --hashlimit-name h2 --hashlimit-above 1mb/s --hashlimit-mode srcip --hashlimit-srcmask 24',
  '-m statistic --mode nth --every 3 --packet 1',
  '-m statistic --mode random --probability 0.3',
  '-m quota --quota 5000',
  '-m string --string "a b" --algo bm',
  '-m string --hex-string "|de ad|\\"q" --algo kmp --from 4 --to 70',
  '-m time --timestart 10:00 --timestop 12:00 --weekdays Mon,Tue --kerneltz',
  '-m connlimit --connlimit-above 3 --connlimit-mask 24',
  '-m connbytes --connbytes 100: --connbytes-dir both --connbytes-mode bytes',
  '-m conntrack --ctstate NEW,ESTABLISHED --ctexpire 1:100',
  '-m conntrack --ctstatus ASSURED ! --ctproto 6',
  '-m mark ! --mark 0x1/0xff',
  '-m connmark --mark 1',
  '-m addrtype --dst-type LOCAL --limit-iface-in',
  '-m mac --mac-source 00:11:22:33:44:55',
  '-m physdev --physdev-in eth7 --physdev-is-bridged',
  '-m pkttype --pkt-type broadcast',
  '-m length --length 10:20',
  '-m tos --tos 0x10',
  '-m dscp --dscp-class EF',
  '-p tcp -m tcp ! --syn --tcp-option 5',
  '-p tcp -m tcpmss --mss 100:200',
  '-p sctp -m sctp --dport 80 --chunk-types any DATA:be',
  '-p dccp -m dccp --dport 80',
  '-p esp -m esp --espspi 5',
  '-p udp -m udp --dport 53',
  '-p udplite -m multiport --ports 1,2:3',
  '-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2',
  '-m helper --helper "a b"',
  '-m u32 --u32 "0&0xFF=1:2"',
  '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"',
  '-m cpu --cpu 0',
  '-m devgroup --src-group 1',
  '-m set --match-set s src',
  '-m set ! --match-set s src,dst --return-nomatch',
  '-i eth+ ! -o "a\\"b"',
  '-i "\\"x"',
  '-p 255',
];

const samples = {
  ipv4: [
    ...both,
    '-m iprange --src-range 192.0.2.4-192.0.2.9',
    '-m conntrack --ctorigsrc 192.0.2.4',
    '-m ttl --ttl-gt 5',
    '-m ecn --ecn-ip-ect 2',
    '-m realm --realm 1',
    '-p icmp -m icmp --icmp-type echo-request',
    '-f',
    '! -f -s 192.0.2.4/255.0.255.0',
    '-s 0.0.0.0/1',
    // ip6tables-legacy prints nothing of it, and takes what it prints for another rule.
    '-p 0',
  ],
  ipv6: [
    ...both,
    '-m iprange --src-range 2001:db8::4-2001:db8::9',
    '-m conntrack --ctorigsrc 2001:db8::4',
    '-p icmpv6 -m icmp6 --icmpv6-type echo-request',
    '-s 2001:db8::4/ffff:0:ffff::',
  ],
};

const byNumber: readonly string[] = [
  '-m recent --name r1 --set',
  '-m recent --name "\\"r2" --update --seconds 5 --hitcount 3 --rttl',
];

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { variant, family } = at;

  test('a flush deletes rules of natmap with every match, and a revert brings them back', async () => {
    await using ns = await createNamespace();
    await ns.mustRun('ipset', [
      'create',
      's',
      'hash:ip',
      'family',
      family === 'ipv4' ? 'inet' : 'inet6',
    ]);
    const foreign = ['-m recent --name r1 --set -j DROP', '-m comment --comment "a \\"b" -j DROP'];
    await mustRestore(
      ns,
      variant,
      family,
      block('filter', ...foreign.map((rule) => `-A FORWARD ${rule}`)),
    );
    const own = (match: string) =>
      `-A FORWARD ${match} -m comment --comment natmap:dnat:old -j ACCEPT`;
    const loaded: string[] = [];
    for (const match of [...samples[family], ...byNumber]) {
      const { code } = await restore(ns, variant, family, block('filter', own(match)));
      // A kernel without the match has no such rule either.
      if (code === 0) loaded.push(match);
    }
    expect(loaded.length).toBeGreaterThan(35);

    const before = await live(ns, variant, family);
    expect(await carryOut(ns, variant, makePlan(before, flushGoal, variant))).toMatchObject({
      code: 0,
    });
    const flushed = await live(ns, variant, family);
    const left = comparableLines(flushed).filter((line) => line.startsWith('-A'));
    expect(left).toHaveLength(foreign.length);
    expect(left.join('\n')).not.toContain('natmap:');

    const back = makePlan(flushed, restoreGoal(before), variant);
    expect(await carryOut(ns, variant, back)).toMatchObject({ code: 0 });
    expect(comparableLines(await live(ns, variant, family))).toEqual(comparableLines(before));
  });
});

test('rules are deleted by number only with matches of which nothing is known', () => {
  expect(samples.ipv4.every((match) => isDeletableByText(match))).toBe(true);
  expect(byNumber.some((match) => isDeletableByText(match))).toBe(false);
  const shown = new Set(
    [...samples.ipv4, ...samples.ipv6].flatMap((rule) => rule.match(/(?<=-m )\w+/g)),
  );
  const unshown = [...comparableMatches].filter((name) => !shown.has(name));
  expect(unshown).toEqual(['comment']);
});
