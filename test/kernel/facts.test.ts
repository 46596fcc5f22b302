/**
 * What natmap builds on: facts of section 9 of the contract about what iptables-restore 1.8.9 does
 * with a payload, against the real one. Which packets pass is reported by packets*.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { type ByVariant, content, testIf, wholeTable } from '../support/facts.ts';
import { ofVersion } from '../support/installed.ts';
import { load } from '../support/iptables.ts';
import { kernelReason, variantsAndFamilies } from '../support/kernel.ts';
import { createNamespace } from '../support/namespace.ts';
import { block, type Ending, mustRestore, restore } from '../support/restore.ts';

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

/** How iptables-save prints a protocol that iptables does not know itself. */
const gre = ofVersion({ '1.8.5': 'gre', '1.8.11': '47' });

const ownProtocols = ['tcp', 'udp', 'sctp', 'esp'].map(
  (name) => `-A DOCKER-USER -p ${name} -j DROP`,
);

const protocolWordTaken: Fact = {
  fact: 'a protocol may stand in one word with -p',
  block: ['-A INPUT -ptcp -j ACCEPT'],
  after: ['-A INPUT -p tcp -j ACCEPT'],
};

const edits: readonly Fact[] = [
  ...ofVersion<readonly Fact[]>({
    '1.8.5': [protocolWordTaken],
    '1.8.9': [],
    '1.8.11': [protocolWordTaken],
  }),
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
      `-A DOCKER-USER -p ${gre} -j ACCEPT`,
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
      `-A DOCKER-USER -p ${gre} -j ACCEPT`,
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

/** Only some versions take it for one. */
const protocolInOneWord: Mistake = {
  mistake: 'a protocol in one word with -p',
  block: ['-A INPUT -ptcp -j ACCEPT'],
  tested: both,
  loaded: { nft: { code: 2, line: 2 }, legacy: { code: 2, line: 2 } },
};

const mistakes: readonly Mistake[] = [
  {
    mistake: 'a port above 65535',
    block: ['-A INPUT -p udp -j ACCEPT', '-A INPUT -p tcp --dport 70000 -j ACCEPT'],
    tested: both,
    loaded: { nft: { code: 2, line: 3 }, legacy: { code: 2, line: 3 } },
  },
  ...ofVersion<readonly Mistake[]>({ '1.8.5': [], '1.8.9': [protocolInOneWord], '1.8.11': [] }),
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

    testIf(variant === 'nft')('crashes nft, and nothing is done', async () => {
      await using ns = await createNamespace();
      const ending = await restore(ns, variant, family, block('filter', ...lines));
      expect(ending).toEqual({ code: crashed, line: null });
      expect(await content(ns, at)).toEqual([]);
    });

    testIf(variant === 'legacy')('works in legacy', async () => {
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
});
