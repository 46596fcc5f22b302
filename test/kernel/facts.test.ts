/**
 * What natmap builds on: every fact of section 9 of the contract (and of the notes beside it) about
 * how iptables 1.8.9 behaves, against the real one. Which packets pass is told by packets*.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { multiportSlots } from '../../src/iptables/extensions/ports.ts';
import { longestComment } from '../../src/iptables/extensions/state.ts';
import {
  builtinChains,
  compareChains,
  longestChainName,
  orderTables,
  type Table,
  tableNames,
} from '../../src/iptables/ruleset.ts';
import { longestLine, longestWord } from '../../src/iptables/words.ts';
import { longestInterface } from '../../src/net/interface.ts';
import { chain, load, program, save, saved, withoutCounters } from '../support/iptables.ts';
import { type Family, kernelReason, type Variant, variantsAndFamilies } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { run, which } from '../support/process.ts';
import { block, type Ending, mustRestore, restore } from '../support/restore.ts';

type ByVariant<T> = Readonly<Record<Variant, T>>;

/** A block of the filter table, given to `iptables-restore --noflush` where `live` stands. */
interface Fact {
  readonly fact: string;
  readonly live?: readonly string[];
  readonly block: readonly string[];
  /** What stands then, but for empty built-in chains with policy ACCEPT; else `live` as it was. */
  readonly after?: readonly string[];
  /** How it is refused, where it is; lines count from `*filter`, which is line 1. */
  readonly refused?: ByVariant<Ending>;
}

const user = ':DOCKER-USER - [0:0]';

const headers: readonly Fact[] = [
  {
    fact: 'the header of a user chain empties it, also when it is DOCKER-USER',
    live: [user, '-A DOCKER-USER -p tcp -j DROP', '-A DOCKER-USER -j RETURN'],
    block: [user],
    after: [':DOCKER-USER -'],
  },
  {
    fact: 'the header of a user chain keeps what leads to it',
    live: [':NATMAP - [0:0]', '-A INPUT -j NATMAP', '-A NATMAP -p tcp -j ACCEPT'],
    block: [':NATMAP - [0:0]', '-A NATMAP -p udp -j ACCEPT'],
    after: [':NATMAP -', '-A INPUT -j NATMAP', '-A NATMAP -p udp -j ACCEPT'],
  },
  {
    fact: 'the header of a built-in chain sets its policy and keeps its rules',
    live: [':INPUT DROP [0:0]', '-A INPUT -p tcp -j ACCEPT'],
    block: [':INPUT ACCEPT [0:0]'],
    after: ['-A INPUT -p tcp -j ACCEPT'],
  },
  {
    fact: 'a block that names no built-in chain leaves the policies',
    live: [':INPUT DROP [0:0]', ':FORWARD DROP [0:0]'],
    block: ['-A INPUT -p tcp -j ACCEPT'],
    after: [':INPUT DROP', ':FORWARD DROP', '-A INPUT -p tcp -j ACCEPT'],
  },
  {
    fact: '-N makes a chain, and does not empty one',
    block: ['-N DOCKER-USER', '-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -j RETURN'],
    after: [':DOCKER-USER -', '-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -j RETURN'],
  },
  {
    fact: '-N of a chain that exists fails the block',
    live: [user, '-A DOCKER-USER -j RETURN'],
    block: ['-A INPUT -p tcp -j ACCEPT', '-N DOCKER-USER'],
    refused: { nft: { code: 1, line: 3 }, legacy: { code: 1, line: 3 } },
  },
];

const ownProtocols = ['tcp', 'udp', 'sctp', 'esp'].map(
  (name) => `-A DOCKER-USER -p ${name} -j DROP`,
);

const edits: readonly Fact[] = [
  {
    fact: '-D of a missing rule fails the block, and what stood before it in the block is not done',
    block: ['-A INPUT -p udp -j DROP', '-D INPUT -p tcp -j ACCEPT'],
    refused: { nft: { code: 1, line: 3 }, legacy: { code: 1, line: 3 } },
  },
  {
    fact: '-D of a text removes the first rule of that text, and no other',
    live: ['-A INPUT -p tcp -j DROP', '-A INPUT -p udp -j DROP', '-A INPUT -p tcp -j DROP'],
    block: ['-D INPUT -p tcp -j DROP'],
    after: ['-A INPUT -p udp -j DROP', '-A INPUT -p tcp -j DROP'],
  },
  {
    fact: 'deletions by number in descending order and then insertions by number go in one block',
    live: [user, ...ownProtocols],
    block: [
      '-D DOCKER-USER 3',
      '-D DOCKER-USER 1',
      '-I DOCKER-USER 2 -p ah -j ACCEPT',
      '-I DOCKER-USER 1 -p gre -j ACCEPT',
    ],
    after: [
      ':DOCKER-USER -',
      '-A DOCKER-USER -p gre -j ACCEPT',
      '-A DOCKER-USER -p udp -j DROP',
      '-A DOCKER-USER -p ah -j ACCEPT',
      '-A DOCKER-USER -p esp -j DROP',
    ],
  },
  {
    fact: '-R n, -D spec and -I n go in one block',
    live: [user, ...ownProtocols],
    block: [
      '-R DOCKER-USER 2 -p gre -j ACCEPT',
      '-D DOCKER-USER -p tcp -j DROP',
      '-I DOCKER-USER 2 -p ah -j ACCEPT',
    ],
    after: [
      ':DOCKER-USER -',
      '-A DOCKER-USER -p gre -j ACCEPT',
      '-A DOCKER-USER -p ah -j ACCEPT',
      '-A DOCKER-USER -p sctp -j DROP',
      '-A DOCKER-USER -p esp -j DROP',
    ],
  },
  {
    fact: '-I counts the rules that the block has inserted, and may stand one behind the last',
    live: ['-A INPUT -p tcp -j DROP'],
    block: ['-I INPUT 1 -p udp -j DROP', '-I INPUT 3 -p sctp -j DROP', '-I INPUT 2 -p esp -j DROP'],
    after: ['udp', 'esp', 'tcp', 'sctp'].map((name) => `-A INPUT -p ${name} -j DROP`),
  },
  {
    fact: '-I two behind the last rule fails the block',
    live: ['-A INPUT -p tcp -j DROP'],
    block: ['-I INPUT 3 -p udp -j DROP'],
    refused: { nft: { code: 1, line: 2 }, legacy: { code: 1, line: 2 } },
  },
  {
    fact: 'a rule that the block appended can be deleted by its text',
    live: [user, '-A DOCKER-USER -j RETURN'],
    block: ['-A DOCKER-USER -p tcp -j DROP', '-D DOCKER-USER -p tcp -j DROP'],
  },
  {
    fact: 'a rule that the block inserted can be deleted by its number',
    live: [user, '-A DOCKER-USER -j RETURN'],
    block: ['-I DOCKER-USER 1 -p tcp -j DROP', '-D DOCKER-USER 1'],
  },
  {
    fact: '-D of the jump, -F and -X in one block remove a chain',
    live: [':NATMAP - [0:0]', user, '-A DOCKER-USER -j NATMAP', '-A NATMAP -p tcp -j ACCEPT'],
    block: ['-D DOCKER-USER -j NATMAP', '-F NATMAP', '-X NATMAP'],
    after: [':DOCKER-USER -'],
  },
  {
    fact: '-F of all and then -X of all remove chains that lead to each other',
    live: [':A - [0:0]', ':B - [0:0]', '-A A -j B', '-A B -j RETURN'],
    block: ['-F B', '-F A', '-X B', '-X A'],
    after: [],
  },
  {
    fact: '-X of a chain that another one leads to fails the block, though that one goes next',
    live: [':A - [0:0]', ':B - [0:0]', '-A A -j B'],
    block: ['-F B', '-X B', '-F A', '-X A'],
    refused: { nft: { code: 4, line: 3 }, legacy: { code: 1, line: 3 } },
  },
];

/** Mistakes in a payload: does `--test` find them, and what does a real load say? */
interface Mistake {
  readonly mistake: string;
  readonly live?: readonly string[];
  readonly table?: 'nat' | 'filter';
  readonly block: readonly string[];
  readonly tested: ByVariant<'passes' | 'refused'>;
  readonly loaded: ByVariant<Ending>;
}

const nobody = { nft: 'passes', legacy: 'passes' } as const;
const legacyOnly = { nft: 'passes', legacy: 'refused' } as const;
const both = { nft: 'refused', legacy: 'refused' } as const;

const mistakes: readonly Mistake[] = [
  {
    mistake: 'a port above 65535',
    block: ['-A INPUT -p udp -j ACCEPT', '-A INPUT -p tcp --dport 70000 -j ACCEPT'],
    tested: both,
    loaded: { nft: { code: 2, line: 3 }, legacy: { code: 2, line: 3 } },
  },
  {
    mistake: 'an ipset that does not exist',
    block: ['-A INPUT -m set --match-set nosuchset src -j DROP'],
    tested: both,
    loaded: { nft: { code: 2, line: 2 }, legacy: { code: 2, line: 2 } },
  },
  {
    // nft takes an unknown target for a chain, and finds no such chain at the end only.
    mistake: 'an unknown target (nft names the line of COMMIT)',
    block: ['-A INPUT -p tcp -j NONESUCH', '-A INPUT -p udp -j ACCEPT'],
    tested: legacyOnly,
    loaded: { nft: { code: 2, line: 4 }, legacy: { code: 2, line: 2 } },
  },
  {
    mistake: '-D of a missing rule',
    block: ['-D INPUT -p tcp -j ACCEPT'],
    tested: legacyOnly,
    loaded: { nft: { code: 1, line: 2 }, legacy: { code: 1, line: 2 } },
  },
  {
    mistake: '-N of a chain that exists',
    live: [user],
    block: ['-N DOCKER-USER'],
    tested: legacyOnly,
    loaded: { nft: { code: 1, line: 2 }, legacy: { code: 1, line: 2 } },
  },
  {
    mistake: 'a rule in a missing chain',
    block: ['-A NONESUCH -p tcp -j ACCEPT'],
    tested: legacyOnly,
    loaded: { nft: { code: 1, line: 2 }, legacy: { code: 1, line: 2 } },
  },
  {
    mistake: '-X of a chain that is still jumped to',
    live: [':NATMAP - [0:0]', '-A INPUT -j NATMAP'],
    block: ['-X NATMAP'],
    tested: legacyOnly,
    loaded: { nft: { code: 4, line: 2 }, legacy: { code: 1, line: 2 } },
  },
  {
    mistake: 'DNAT in the filter table (legacy names the line of COMMIT)',
    block: ['-A INPUT -p tcp -j DNAT --to-destination :80'],
    tested: nobody,
    loaded: { nft: { code: 4, line: 2 }, legacy: { code: 1, line: 3 } },
  },
  {
    mistake: 'REJECT in the nat table',
    table: 'nat',
    block: ['-A PREROUTING -p tcp -j REJECT'],
    tested: nobody,
    loaded: { nft: { code: 4, line: 2 }, legacy: { code: 1, line: 3 } },
  },
  {
    mistake: 'SNAT that PREROUTING leads to',
    table: 'nat',
    block: [
      ':NATMAP - [0:0]',
      '-A PREROUTING -j NATMAP',
      '-A NATMAP -p tcp -j SNAT --to-source :80',
    ],
    tested: nobody,
    loaded: { nft: { code: 4, line: 4 }, legacy: { code: 1, line: 5 } },
  },
  {
    mistake: 'chains that lead to each other in a circle',
    block: [':A - [0:0]', ':B - [0:0]', '-A A -j B', '-A B -j A', '-A INPUT -j A'],
    tested: nobody,
    loaded: { nft: { code: 4, line: 6 }, legacy: { code: 1, line: 7 } },
  },
];

/** Rules as they are given, and as iptables-save prints them; `ADDRESS` is one of the family. */
const spellings: readonly [fact: string, given: string, printed: string][] = [
  [
    '-s -d -i -o -p come in this order, whatever the order given, then matches, then the target',
    '-j ACCEPT -p tcp --dport 80 -o b0 -i a0 -d ADDRESS -s ADDRESS',
    '-s ADDRESS/LONGEST -d ADDRESS/LONGEST -i a0 -o b0 -p tcp -m tcp --dport 80 -j ACCEPT',
  ],
  [
    'matches stay in the order given: a comment before others',
    '-p tcp -m comment --comment web -m conntrack --ctstate NEW -j ACCEPT',
    '-p tcp -m comment --comment web -m conntrack --ctstate NEW -j ACCEPT',
  ],
  [
    'matches stay in the order given: a comment behind others',
    '-p tcp -m conntrack --ctstate NEW -m comment --comment web -j ACCEPT',
    '-p tcp -m conntrack --ctstate NEW -m comment --comment web -j ACCEPT',
  ],
  [
    'a match written behind -j is printed before it',
    '-p tcp -j ACCEPT -m comment --comment web',
    '-p tcp -m comment --comment web -j ACCEPT',
  ],
  ['-p with a port match gets -m', '-p tcp --dport 80', '-p tcp -m tcp --dport 80'],
  ['... of its own protocol', '-p udp --sport 53', '-p udp -m udp --sport 53'],
  [
    '... where the first of its options stands',
    '-p tcp -m comment --comment web --dport 80',
    '-p tcp -m comment --comment web -m tcp --dport 80',
  ],
  ['-p without a port match gets none', '-p tcp', '-p tcp'],
  ['the prefix of a single address is always printed', '-s ADDRESS', '-s ADDRESS/LONGEST'],
  ['the prefix 0 is never printed', '-s ANY -d ANY -p tcp', '-p tcp'],
  ['host bits are cleared', '-s ADDRESS/8', '-s NETWORK/8'],
  ['names of ports become numbers', '-p tcp --dport http', '-p tcp -m tcp --dport 80'],
  [
    'states are printed in an order of their own',
    '-m conntrack --ctstate established,related,new',
    '-m conntrack --ctstate NEW,RELATED,ESTABLISHED',
  ],
  [
    '... all of them',
    '-m conntrack --ctstate DNAT,SNAT,UNTRACKED,ESTABLISHED,RELATED,NEW,INVALID',
    '-m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT',
  ],
  [
    '--ctorigdstport is printed before --ctdir',
    '-p tcp -m conntrack --ctdir ORIGINAL --ctorigdstport 80 --ctstate DNAT',
    '-p tcp -m conntrack --ctstate DNAT --ctorigdstport 80 --ctdir ORIGINAL',
  ],
  ['--syn is --tcp-flags', '-p tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
  ['! --syn too', '-p tcp ! --syn', '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN'],
  ...[
    ['needs no quotes', '"AZaz09_-"', 'AZaz09_-'],
    ['with a space is quoted', '"a b"', '"a b"'],
    ['with a colon is quoted', 'natmap:dnat', '"natmap:dnat"'],
    ['with a point is quoted', 'a.b', '"a.b"'],
    ['beyond ASCII is quoted', 'é🙂', '"é🙂"'],
    ['that is empty is quoted', '""', '""'],
    ['gets a backslash before a double quote', String.raw`"a\"b"`, String.raw`"a\"b"`],
    ['gets a backslash before a single quote', `"a'b"`, String.raw`"a\'b"`],
    ['gets a backslash before a backslash', String.raw`"a\\b"`, String.raw`"a\\b"`],
  ].map(([what, given, printed]): [string, string, string] => [
    `a comment ${what}`,
    `-m comment --comment ${given}`,
    `-m comment --comment ${printed}`,
  ]),
];

const places: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  ipv4: { ADDRESS: '10.1.2.3', NETWORK: '10.0.0.0', LONGEST: '32', ANY: '0.0.0.0/0' },
  ipv6: { ADDRESS: 'fd01::2:3', NETWORK: 'fd00::', LONGEST: '128', ANY: '::/0' },
};

/** The longest that is taken, one more, and what becomes of that. */
const limits: readonly [limit: string, fits: string, tooLong: string][] = [
  ['a chain name', `-N ${'c'.repeat(longestChainName)}`, `-N ${'c'.repeat(longestChainName + 1)}`],
  [
    'a chain name in a header',
    `:${'c'.repeat(longestChainName)} - [0:0]`,
    `:${'c'.repeat(longestChainName + 1)} - [0:0]`,
  ],
  [
    'an interface name',
    `-A INPUT -i ${'i'.repeat(longestInterface)}`,
    `-A INPUT -i ${'i'.repeat(longestInterface + 1)}`,
  ],
  [
    'an interface name with its wildcard',
    `-A INPUT -i ${'i'.repeat(longestInterface - 1)}+`,
    `-A INPUT -i ${'i'.repeat(longestInterface)}+`,
  ],
  [
    'the slots of multiport, of which a range takes two',
    `-A INPUT -p tcp -m multiport --dports ${ports(multiportSlots - 2)},1000:1001`,
    `-A INPUT -p tcp -m multiport --dports ${ports(multiportSlots - 1)},1000:1001`,
  ],
  [
    'a word',
    `-A INPUT -m comment --comment ${'w'.repeat(longestWord)}`,
    `-A INPUT -m comment --comment ${'w'.repeat(longestWord + 1)}`,
  ],
];

function ports(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(',');
}

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { variant, family } = at;

  describe.each([
    ['headers', headers],
    ['edits', edits],
  ])('%s', (_, facts) => {
    test.each(facts)('$fact', async ({ live = [], block: lines, after, refused }) => {
      await using ns = await createNamespace();
      await load(ns, variant, family, wholeTable(live));
      const before = await content(ns, at);
      const ending = await restore(ns, variant, family, block('filter', ...lines));
      expect(ending).toEqual(refused?.[variant] ?? { code: 0, line: null });
      expect(await content(ns, at)).toEqual(after ?? before);
    });
  });

  describe('transactions', () => {
    const good = block('filter', '-A INPUT -p tcp -j ACCEPT');
    const bad = block('nat', '-A PREROUTING -p tcp -j RETURN', '-A PREROUTING -j NONESUCH');

    test('a failed block does not undo an earlier one', async () => {
      await using ns = await createNamespace();
      expect(await restore(ns, variant, family, good + bad)).toMatchObject({ code: 2 });
      expect(await content(ns, at)).toEqual(['-A INPUT -p tcp -j ACCEPT']);
    });

    test('a block behind a failed one is not done', async () => {
      await using ns = await createNamespace();
      expect(await restore(ns, variant, family, bad + good)).toMatchObject({ code: 2 });
      expect(await content(ns, at)).toEqual([]);
    });
  });

  describe('replacing by -R a rule that the same block added', () => {
    const lines = ['-I INPUT 1 -p tcp -j DROP', '-R INPUT 1 -p udp -j DROP'];
    const crashed = 128 + 11;

    test.runIf(variant === 'nft')('crashes nft, and nothing is done', async () => {
      await using ns = await createNamespace();
      const ending = await restore(ns, variant, family, block('filter', ...lines));
      expect(ending).toEqual({ code: crashed, line: null });
      expect(await content(ns, at)).toEqual([]);
    });

    test.runIf(variant === 'legacy')('works in legacy', async () => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block('filter', ...lines));
      expect(await content(ns, at)).toEqual(['-A INPUT -p udp -j DROP']);
    });
  });

  describe.each(mistakes)('$mistake', ({ live = [], table = 'filter', block: lines, ...said }) => {
    const payload = block(table, ...lines);
    const { [variant]: tested } = said.tested;

    test(`${tested === 'passes' ? 'passes' : 'does not pass'} --test`, async () => {
      await using ns = await createNamespace();
      await load(ns, variant, family, wholeTable(live));
      const before = await content(ns, at);
      const { code } = await restore(ns, variant, family, payload, '--test');
      expect(code === 0 ? 'passes' : 'refused').toBe(tested);
      expect(await content(ns, at)).toEqual(before);
    });

    test('is refused by a real load, with the line', async () => {
      await using ns = await createNamespace();
      await load(ns, variant, family, wholeTable(live));
      const before = await content(ns, at);
      expect(await restore(ns, variant, family, payload)).toEqual(said.loaded[variant]);
      expect(await content(ns, at)).toEqual(before);
    });
  });

  describe('counters', () => {
    const counted = ['[5:300] -A INPUT -p tcp -j DROP', '[7:420] -A INPUT -p udp -j DROP'];
    const ignored = variant === 'nft' && family === 'ipv6';
    const rules = async (ns: Namespace) =>
      (await save(ns, variant, family)).split('\n').filter((line) => line.includes('-A '));

    test.skipIf(ignored)('[p:b] before -A and -I sets them, with --counters', async () => {
      await using ns = await createNamespace();
      const lines = [...counted, '[9:540] -I INPUT 2 -p sctp -j DROP'];
      await mustRestore(ns, variant, family, block('filter', ...lines), '--counters');
      expect(await rules(ns)).toEqual([
        '[5:300] -A INPUT -p tcp -j DROP',
        '[9:540] -A INPUT -p sctp -j DROP',
        '[7:420] -A INPUT -p udp -j DROP',
      ]);
    });

    test.runIf(ignored)('ip6tables-nft takes [p:b] with --counters, and ignores it', async () => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block('filter', ...counted), '--counters');
      expect(await rules(ns)).toEqual([
        '[0:0] -A INPUT -p tcp -j DROP',
        '[0:0] -A INPUT -p udp -j DROP',
      ]);
    });

    test('[p:b] is ignored without --counters', async () => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block('filter', ...counted));
      expect(await rules(ns)).toEqual([
        '[0:0] -A INPUT -p tcp -j DROP',
        '[0:0] -A INPUT -p udp -j DROP',
      ]);
    });

    test.skipIf(ignored)('of the rules that a block does not name stay', async () => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block('filter', ...counted), '--counters');
      const edit = ['-D INPUT -p tcp -j DROP', '-I INPUT 1 -p sctp -j DROP', '-N DOCKER-USER'];
      await mustRestore(ns, variant, family, block('filter', ...edit), '--counters');
      expect(await rules(ns)).toEqual([
        '[0:0] -A INPUT -p sctp -j DROP',
        '[7:420] -A INPUT -p udp -j DROP',
      ]);
    });

    test.skipIf(ignored)('of a refilled chain start at 0 unless they are given', async () => {
      await using ns = await createNamespace();
      const fill = (prefix: string) =>
        block('filter', ':NATMAP - [0:0]', `${prefix}-A NATMAP -p tcp -j DROP`);
      await mustRestore(ns, variant, family, fill('[5:300] '), '--counters');
      await mustRestore(ns, variant, family, fill(''), '--counters');
      expect(await rules(ns)).toEqual(['[0:0] -A NATMAP -p tcp -j DROP']);
    });
  });

  describe('what iptables-save prints', () => {
    const shared = { ns: {} as Namespace };
    beforeAll(async () => {
      shared.ns = await createNamespace();
    });
    afterAll(() => shared.ns[Symbol.asyncDispose]());

    const placed = (text: string) =>
      text.replace(/[A-Z]{3,}/g, (word) => places[family][word] ?? word);

    test.each(spellings)('%s: %s', async (_, given, printed) => {
      const payload = block('filter', ':FACT - [0:0]', `-A FACT ${placed(given)}`);
      await mustRestore(shared.ns, variant, family, payload);
      const lines = await saved(shared.ns, variant, family);
      expect(chain(lines, 'filter', 'FACT')).toEqual([`-A FACT ${placed(printed)}`]);
    });
  });

  describe('limits', () => {
    test.each(limits)('%s', async (_, fits, tooLong) => {
      await using ns = await createNamespace();
      expect(await restore(ns, variant, family, block('filter', fits))).toMatchObject({ code: 0 });
      expect(await restore(ns, variant, family, block('filter', tooLong))).toEqual({
        code: 2,
        line: 2,
      });
    });

    test('a comment is cut silently behind its limit', async () => {
      await using ns = await createNamespace();
      const longest = 'k'.repeat(longestComment);
      const lines = [longest, `${longest}x`].map((text) => `-A INPUT -m comment --comment ${text}`);
      await mustRestore(ns, variant, family, block('filter', ...lines));
      expect(await content(ns, at)).toEqual([lines[0], lines[0]]);
    });

    test('a line is read to its limit', async () => {
      await using ns = await createNamespace();
      const lines = [lineOf(longestLine)];
      await mustRestore(ns, variant, family, block('filter', ...lines));
      expect((await content(ns, at)).map((line) => line.length)).toEqual([longestLine]);
    });

    test('a line behind its limit is read as two', async () => {
      await using ns = await createNamespace();
      const lines = [lineOf(longestLine + 2)];
      const ending = await restore(ns, variant, family, block('filter', ...lines));
      expect(ending).toEqual({ code: 2, line: 3 });
    });
  });

  describe('order', () => {
    const names = [
      'Z_',
      'a1',
      'NATMAP-OUTPUT',
      'B1',
      'DOCKER-USER',
      'AA',
      'NATMAP',
      '_x',
      '0',
    ].concat(['DOCKER', 'a-b', 'a_b', 'a', 'x.y', 'é', 'PREROUTING2']);

    test.each(tableNames)('chains of %s: the built-in ones, then by bytes', async (table) => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block(table, ...names.map((name) => `-N ${name}`)));
      const lines = await saved(ns, variant, family);
      const found = lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1));
      const expected = [...names, ...[...builtinChains(table)].reverse()].sort(
        compareChains(table),
      );
      expect(found.map((line) => line.split(' ')[0])).toEqual(expected);
    });

    test('a user chain named as a built-in one of another table is one of the others', async () => {
      await using ns = await createNamespace();
      const chains = ['-N OUTPU', '-N FORWARD', '-N INPUT'];
      await mustRestore(ns, variant, family, block('raw', ...chains));
      const expected = ['FORWARD', 'INPUT', 'OUTPU', 'OUTPUT', 'PREROUTING'].sort(
        compareChains('raw'),
      );
      const lines = await saved(ns, variant, family);
      const found = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []);
      expect(found).toEqual(expected);
    });

    const emptyTable = (name: string): Table => ({ name, chains: [] });

    test.each([
      [['filter', 'nat', 'mangle', 'raw', 'security']],
      [['security', 'raw', 'mangle', 'nat', 'filter']],
      [['nat', 'mangle', 'filter']],
    ])('tables made one after the other: %s', async (tables) => {
      await using ns = await createNamespace();
      let expected: readonly Table[] = [];
      for (const table of tables) {
        await mustRestore(ns, variant, family, block(table, '-N NEW'));
        expected = orderTables(variant, expected, [emptyTable(table)]);
        expect(await tablesOf(ns, at)).toEqual(expected.map(({ name }) => name));
      }
    });

    test.each([
      [[], ['filter', 'nat']],
      [['nat'], ['filter']],
      [
        ['raw', 'mangle'],
        ['filter', 'nat'],
      ],
    ])('tables made by one payload, where %j stand: %j', async (first, second) => {
      await using ns = await createNamespace();
      for (const table of first) await mustRestore(ns, variant, family, block(table, '-N NEW'));
      const existing = (await tablesOf(ns, at)).map(emptyTable);
      const payload = second.map((table) => block(table, '-N NEW')).join('');
      await mustRestore(ns, variant, family, payload);
      const expected = orderTables(variant, existing, second.map(emptyTable));
      expect(await tablesOf(ns, at)).toEqual(expected.map(({ name }) => name));
    });

    test('nothing is printed of a namespace that nobody has touched', async () => {
      await using ns = await createNamespace();
      expect(await saved(ns, variant, family)).toEqual([]);
    });

    test.each(tableNames)('one rule in %s brings all of its built-in chains', async (table) => {
      await using ns = await createNamespace();
      const [first = ''] = builtinChains(table);
      const args = ['--wait', '-t', table, '-A', first, '-p', 'tcp'];
      await ns.mustRun(program(variant, family), args);
      expect(await saved(ns, variant, family)).toEqual([
        `*${table}`,
        ...builtinChains(table).map((name) => `:${name} ACCEPT`),
        `-A ${first} -p tcp`,
        'COMMIT',
      ]);
    });
  });

  describe('an unprivileged user in a namespace of his own', () => {
    const jump = '-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination :8080';
    const [restoring, saving] = [
      program(variant, family, '-restore'),
      program(variant, family, '-save'),
    ];

    /** Loads a rule, then runs the script there; `unshare` ends before both where it may not be. */
    const unprivileged = (script: string) => {
      const command = [which('unshare'), '-rn', 'sh', '-c', `${restoring} && ${script}`];
      return run(
        which('setpriv'),
        ['--reuid=65534', '--regid=65534', '--clear-groups', ...command],
        {
          input: block('nat', jump),
          // The lock file of legacy has to be where he may write.
          env: { XTABLES_LOCKFILE: '/dev/null' },
        },
      );
    };

    test('loads rules and reads a table', async () => {
      const { code, stdout } = await unprivileged(`${saving} -t nat`);
      expect(code).toBe(0);
      expect(chain(withoutCounters(stdout), 'nat', 'PREROUTING')).toEqual([jump]);
    });

    test.runIf(variant === 'nft')('reads all tables', async () => {
      const { code, stdout } = await unprivileged(saving);
      expect(code).toBe(0);
      expect(chain(withoutCounters(stdout), 'nat', 'PREROUTING')).toEqual([jump]);
    });

    test.runIf(variant === 'legacy')('cannot find out which tables there are', async () => {
      const { code, stdout, stderr } = await unprivileged(saving);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/_tables_names: Permission denied/);
    });
  });
});

interface At {
  readonly variant: Variant;
  readonly family: Family;
}

/** The filter table with these lines in it; chains that have no header get one. */
function wholeTable(lines: readonly string[]): string {
  const given = lines.filter((line) => line.startsWith(':'));
  const missing = builtinChains('filter')
    .filter((name) => !given.some((header) => header.startsWith(`:${name} `)))
    .map((name) => `:${name} ACCEPT [0:0]`);
  const rules = lines.filter((line) => !line.startsWith(':'));
  return block('filter', ...missing, ...given, ...rules);
}

/** Everything but what empty tables hold too. */
async function content(ns: Namespace, { variant, family }: At): Promise<string[]> {
  const lines = await saved(ns, variant, family);
  return lines.filter((line) => !/^(\*.*|COMMIT|:\S+ ACCEPT)$/.test(line));
}

async function tablesOf(ns: Namespace, { variant, family }: At): Promise<string[]> {
  const lines = await saved(ns, variant, family);
  return lines.filter((line) => line.startsWith('*')).map((line) => line.slice(1));
}

/** One rule as a line of so many bytes. */
function lineOf(length: number): string {
  const match = (size: number) => ` -m comment --comment ${'x'.repeat(size)}`;
  let line = '-A INPUT';
  while (line.length + match(200).length + match(55).length <= length) line += match(200);
  return line + match(length - line.length - match(0).length);
}
