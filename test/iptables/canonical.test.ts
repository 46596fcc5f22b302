import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Canonical, canonicalRule } from '../../src/iptables/canonical.ts';
import { isOwnedChain } from '../../src/iptables/owned.ts';
import { splitWords } from '../../src/iptables/words.ts';
import { type Family, families } from '../../src/net/family.ts';
import { spelledRule, spelledTables } from '../support/spelled-rules.ts';
import { spellings } from './spellings.ts';

/** The canonical form of a rule, as text behind `-A CHAIN`. */
function canonical(rule: string, family: Family = 'ipv4'): Canonical {
  const split = splitWords(rule);
  if (!split.ok) throw new Error(split.problem);
  return canonicalRule(split.words, family, isOwnedChain);
}

const rows = spellings.flatMap(({ spelling, canonical: specs, families: only = families }) =>
  only.map((family) => ({ spelling, specs, family })),
);

describe('a rule becomes what iptables-save prints of it', () => {
  test.each(rows)('$family: $spelling', ({ spelling, specs, family }) => {
    expect(canonical(spelling, family)).toEqual({ kind: 'exact', specs });
  });
});

describe('the canonical form stays what it is', () => {
  test.each(rows)('$family: $spelling', ({ specs, family }) => {
    for (const spec of specs) {
      expect(canonical(spec, family)).toEqual({ kind: 'exact', specs: [spec] });
    }
  });

  const dimensions = families.flatMap((family) =>
    spelledTables.map((table) => ({ family, table })),
  );

  test.each(dimensions)('of any rule of $family, table $table', ({ family, table }) => {
    fc.assert(
      fc.property(spelledRule(family, table), (rule) => {
        const first = canonical(rule, family);
        if (first.kind !== 'exact') return;
        for (const spec of first.specs) {
          expect(canonical(spec, family)).toEqual({ kind: 'exact', specs: [spec] });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('what only the kernel knows is kept word for word', () => {
  test.each([
    '-m set --match-set blocked src -j DROP',
    '-m limit --limit 6/min --limit-burst 3 -j ACCEPT',
    '-m hashlimit --hashlimit-name x --hashlimit-above 5/sec -j DROP',
    '-m recent --set --name ssh -j ACCEPT',
    '-m policy --pol ipsec --dir in -j ACCEPT',
    '-m string --algo bm --string "GET /a b" -j DROP',
    '-p icmp -m icmp --icmp-type 8 -j ACCEPT',
    '-p esp -j ACCEPT',
    '-j REJECT --reject-with tcp-reset',
    '-j LOG --log-prefix "[a b] " --log-level 4',
    '-j MARK --set-mark 0x1',
    '-j MARK --set-xmark 010',
    '-j SOMETHING-ELSE',
    '-g DOCKER',
    '-f -j DROP',
    '-m tcp --unknown 5',
    '-m statistic --mode random --probability 1e-3',
    String.raw`-m comment --comment "it\'s" -m set --match-set a src`,
  ])('%s', (rule) => {
    expect(canonical(rule)).toEqual({ kind: 'verbatim', spec: rule });
  });

  test('even where it is spelled in another way than iptables would', () => {
    expect(canonical('-p TCP  -m set   --match-set "a" src')).toEqual({
      kind: 'verbatim',
      spec: '-p TCP -m set --match-set a src',
    });
  });

  test('as words that iptables-restore splits as before', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(fc.array(word), (given) => {
        const words = ['-m', 'set', ...given.flatMap((text) => ['--comment', text])];
        const form = canonicalRule(words, 'ipv4', isOwnedChain);
        if (form.kind !== 'verbatim') return;
        expect(splitWords(form.spec)).toEqual({ ok: true, words });
      }),
    );
  });
});

describe('a rule that cannot be is refused', () => {
  const statisticOptions =
    'statistic takes --mode random --probability P or --mode nth --every N --packet P';

  test.each<[rule: string, problem: string]>([
    ['-s', 'an address is missing'],
    ['-s example.org', 'example.org is not an address of this family'],
    ['-s 2001:db8::1', '2001:db8::1 is not an address of this family'],
    ['-s 010.0.0.1', '010.0.0.1 is not an address of this family'],
    ['-s 10.0.0.0/33', '10.0.0.0/33 is not an address of this family'],
    ['-s 10.0.0.1 -s 10.0.0.2', 'two sources in one rule'],
    ['! -s 10.0.0.1,10.0.0.2', '"!" with several addresses'],
    ['! -s 0.0.0.0/0', '"!" before 0.0.0.0/0 matches nothing'],
    ['-i', 'an interface name is missing'],
    ['-i "eth 0"', '"eth 0" is not an interface name'],
    ['-i eth0 -i eth1', 'two interfaces of one direction in one rule'],
    ['-o abcdefghijklmnop', 'interface name abcdefghijklmnop is longer than 15 bytes'],
    ['! ! -i eth0', 'two "!" in a row'],
    ['-i eth0 !', '"!" at the end'],
    ['! -j ACCEPT', '"!" cannot stand before -j'],
    ['! -m tcp -p tcp', '"!" cannot stand before -m'],
    ['-p tcp -p udp', 'two protocols in one rule'],
    ['! -p all', '"! -p all" matches nothing'],
    ['-p tcp --dport', '--dport needs 1 words after it'],
    ['-p tcp --dport 70000', '70000 is not a port or range'],
    ['-p tcp --dport 90:80', 'range 90:80 ends before it begins'],
    ['-p tcp --dport 080', '080 is not a port or range'],
    ['-p tcp --dport nosuch', 'nosuch is not a port or range'],
    ['-p tcp --dport 80 --dport 81', '--dport stands twice'],
    [
      '-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16',
      'more than 15 ports in one multiport',
    ],
    [
      '-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15:16',
      'more than 15 ports in one multiport',
    ],
    ['-p tcp -m multiport --dports 1,,2', '1,,2 is not a list of ports and ranges'],
    ['-m conntrack --ctstate FRESH', 'ctstate has no FRESH'],
    ['-m conntrack --ctdir UP', 'UP is neither ORIGINAL nor REPLY'],
    ['-m addrtype --dst-type HOME', 'dst-type has no HOME'],
    ['-m statistic --mode each', 'there is no mode each'],
    ['-m statistic --mode random --probability 1.5', 'probability 1.5 is above 1'],
    ['-m statistic --mode nth --every 0', '0 is not from 1 to 4294967295'],
    ['-m statistic --mode nth --every 010', '010 is not from 1 to 4294967295'],
    [
      '-m statistic --mode nth --every 3 --packet 3',
      '--packet counts from 0, so it is below --every',
    ],
    ['-m statistic', statisticOptions],
    ['-m statistic --mode nth --every 3', statisticOptions],
    ['-m statistic --mode random --every 3 --packet 0', statisticOptions],
    ['-m statistic --mode nth --every 3 --packet 0 --probability 0.5', statisticOptions],
    ['-j', 'a target is missing'],
    ['-j ACCEPT -j DROP', 'two targets in one rule'],
    ['-j NATMAP -g NATMAP-A', 'two targets in one rule'],
    ['-j DNAT --to-destination web:80', 'web is not an address of this family'],
    ['-j DNAT --to-destination 10.0.0.1:0', '0 is not a port or range'],
    ['-j DNAT --to-destination 10.0.0.1:90-80', '90-80 is not a port or range'],
    ['-j DNAT --to-destination ""', '"" is not an address with or without ports'],
    ['stray', 'stray is not an option'],
    ['-p tcp 80', '80 is not an option'],
  ])('%s', (rule, problem) => {
    expect(canonical(rule)).toEqual({ kind: 'bad', problem });
  });

  test('a comment longer than iptables keeps', () => {
    expect(canonical(`-m comment --comment ${'x'.repeat(255)}`).kind).toBe('exact');
    expect(canonical(`-m comment --comment ${'x'.repeat(256)}`)).toEqual({
      kind: 'bad',
      problem: 'the comment is longer than 255 bytes, and would be cut silently',
    });
    expect(canonical(`-m comment --comment ${'é'.repeat(128)}`).kind).toBe('bad');
  });
});

describe('a word that would tell iptables to do something else is refused', () => {
  const commands = [
    '-t',
    '-tnat',
    '--table',
    '--table=nat',
    '--tab',
    '-A',
    '-D',
    '-DINPUT',
    '-I',
    '-R',
  ];
  const others = ['-F', '-X', '-Z', '-N', '-P', '-E', '-L', '-S', '-C', '-M', '--modprobe=/tmp/x'];
  const long = ['--append', '--delete', '--flush', '--policy', '--delete-chain', '--del', '--ins'];
  const flags = ['-w', '-W', '-v', '-n', '-x', '-c', '-h', '-V', '-b', '-4t', '-fM/tmp/x', '-0F'];

  test.each([...commands, ...others, ...long, ...flags])('%s', (word) => {
    for (const rule of [`${word} nat`, `-m set --match-set a src ${word} nat`]) {
      expect(canonical(rule)).toMatchObject({
        kind: 'bad',
        problem: expect.stringContaining('has no place in a rule'),
      });
    }
  });

  test('but not as the text of a comment', () => {
    const spec = '-m comment --comment "-t nat -F" -j ACCEPT';
    expect(canonical(spec)).toEqual({ kind: 'exact', specs: [spec] });
  });
});

describe('a name that iptables would resolve is refused', () => {
  test.each([
    '-s host',
    '-d 10.0.0.1,host',
    '-shost',
    '-fs host',
    '--source=host',
    '--sour host',
    '--dst host',
    '--ctorigsrc host',
    '-j NETMAP --to host',
    '-j TEE --gateway host',
  ])('%s', (words) => {
    expect(canonical(`-m set --match-set a src ${words}`)).toMatchObject({
      kind: 'bad',
      problem: expect.stringMatching(/host is a name where an address is meant/),
    });
  });

  test.each([
    '-s 10.0.0.1/8',
    '-d 2001:db8::1',
    '-j NETMAP --to 10.0.0.0/255.0.0.0',
    '--src-type LOCAL',
  ])('but not %s', (words) => {
    const spec = `-m set --match-set a src ${words}`;
    expect(canonical(spec)).toEqual({ kind: 'verbatim', spec });
  });
});

describe('a value that needs quotes where iptables-save prints none is refused', () => {
  test.each(['--name "a b"', '"--name=a b"', '--name "a\\"b"', '--name ""'])('%s', (words) => {
    expect(canonical(`-m recent --set ${words}`)).toMatchObject({
      kind: 'bad',
      problem: expect.stringMatching(/^iptables-save prints no quotes around .* here/),
    });
  });

  test.each(['--comment', '--log-prefix', '--nflog-prefix', '--helper', '--string', '--bytecode'])(
    'but not behind %s',
    (option) => {
      const spec = `-m set ${option} "a b"`;
      expect(canonical(spec)).toEqual({ kind: 'verbatim', spec });
    },
  );
});

test('any words at all give a rule, a problem or the same words', () => {
  const word = fc.oneof(
    fc.constantFrom('-s', '-d', '-i', '-o', '-p', '-m', '-j', '-g', '!', '--dport', '--syn', 'tcp'),
    fc.constantFrom('10.0.0.1', '::1', '80', 'comment', '--comment', 'multiport', 'DNAT', '-t', ''),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word), fc.constantFrom(...families), (words, family) => {
      expect(['exact', 'verbatim', 'bad']).toContain(
        canonicalRule(words, family, isOwnedChain).kind,
      );
    }),
    { numRuns: 1000 },
  );
});
