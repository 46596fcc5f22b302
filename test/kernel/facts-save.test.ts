/**
 * What natmap builds on: what iptables-save prints (section 9 of the contract), which rules
 * in which spelling, in which order, against the real one.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addChains,
  newBuiltinChains,
  orderTables,
  printOrder,
} from '../../src/iptables/print-order.ts';
import { builtinChains, type Chain, type Table, tableNames } from '../../src/iptables/ruleset.ts';
import { type At, type ByVariant, testIf } from '../support/facts.ts';
import { installedVersion, ofVersion } from '../support/installed.ts';
import { chain, program, saved, withoutCounters } from '../support/iptables.ts';
import { type Family, kernelReason, variantsAndFamilies } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { run, which } from '../support/process.ts';
import { block, mustRestore } from '../support/restore.ts';

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
  ['an interface in one word with -i is read with the option', '-ieth0', '-i -ieth0'],
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
  ['the name of a helper is quoted too', '-m helper --helper "a b"', '-m helper --helper "a b"'],
  [
    'most values get no quotes, also where they need some',
    '-m hashlimit --hashlimit-above 5/sec --hashlimit-name "a b"',
    '-m hashlimit --hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name a b',
  ],
];

/** Rules that the variants print differently: natmap gives iptables other words in their place. */
const differing: readonly [fact: string, given: string, printed: ByVariant<string>][] = [
  [
    '! before a range from port 0',
    '-p tcp ! --dport :5',
    { nft: '-p tcp -m tcp --dport 6:65535', legacy: '-p tcp -m tcp ! --dport 0:5' },
  ],
  [
    '! before all ports, which matches nothing, and is lost before 1.8.11',
    '-p tcp ! --dport 0:65535',
    ofVersion({
      '1.8.5': { nft: '-p tcp -m tcp', legacy: '-p tcp -m tcp' },
      '1.8.9': { nft: '-p tcp', legacy: '-p tcp -m tcp' },
      '1.8.11': {
        nft: '-p tcp -m tcp ! --dport 0:65535',
        legacy: '-p tcp -m tcp ! --dport 0:65535',
      },
    }),
  ],
  [
    'two matches of the protocol',
    '-p tcp -m tcp --dport 80 -m tcp --sport 90',
    {
      nft: '-p tcp -m tcp --sport 90 --dport 80',
      legacy: '-p tcp -m tcp --dport 80 -m tcp --sport 90',
    },
  ],
];

const places: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  ipv4: { ADDRESS: '10.1.2.3', NETWORK: '10.0.0.0', LONGEST: '32', ANY: '0.0.0.0/0' },
  ipv6: { ADDRESS: 'fd01::2:3', NETWORK: 'fd00::', LONGEST: '128', ANY: '::/0' },
};

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { variant, family } = at;
  const order = printOrder(variant, { version: installedVersion, backend: variant });

  describe('what iptables-save prints', () => {
    const shared = { ns: {} as Namespace };
    beforeAll(async () => {
      shared.ns = await createNamespace();
    });
    afterAll(() => shared.ns[Symbol.asyncDispose]());

    const placed = (text: string) =>
      text.replace(/[A-Z]{3,}/g, (word) => places[family][word] ?? word);

    const print = async (given: string) => {
      const payload = block('filter', ':FACT - [0:0]', `-A FACT ${placed(given)}`);
      await mustRestore(shared.ns, variant, family, payload);
      return chain(await saved(shared.ns, variant, family), 'filter', 'FACT');
    };

    test.each(spellings)('%s: %s', async (_, given, printed) => {
      expect(await print(given)).toEqual([`-A FACT ${placed(printed)}`]);
    });

    test.each(differing)('%s differs between nft and legacy: %s', async (_, given, printed) => {
      expect(await print(given)).toEqual([`-A FACT ${printed[variant]}`]);
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

    test.each(tableNames)('chains of %s: the built-in ones, then the others', async (table) => {
      await using ns = await createNamespace();
      await mustRestore(ns, variant, family, block(table, ...names.map((name) => `-N ${name}`)));
      expect(await chainsOf(ns, at)).toEqual(printedChains(table, names));
    });

    test('a user chain named as a built-in one of another table is one of the others', async () => {
      await using ns = await createNamespace();
      const chains = ['-N OUTPU', '-N FORWARD', '-N INPUT'];
      await mustRestore(ns, variant, family, block('raw', ...chains));
      expect(await chainsOf(ns, at)).toEqual(printedChains('raw', ['OUTPU', 'FORWARD', 'INPUT']));
    });

    /** The chains of a new table in which these were made. */
    const printedChains = (table: string, made: readonly string[]) =>
      addChains<Chain>(
        order,
        newBuiltinChains(table, order).map((name) => ({ ...emptyChain, name, policy: 'ACCEPT' })),
        made.map((name) => ({ ...emptyChain, name })),
      ).map(({ name }) => name);

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
        expected = orderTables(order, expected, [emptyTable(table)]);
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
      const expected = orderTables(order, existing, second.map(emptyTable));
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
        ...newBuiltinChains(table, order).map((name) => `:${name} ACCEPT`),
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

    testIf(variant === 'nft')('reads all tables', async () => {
      const { code, stdout } = await unprivileged(saving);
      expect(code).toBe(0);
      expect(chain(withoutCounters(stdout), 'nat', 'PREROUTING')).toEqual([jump]);
    });

    testIf(variant === 'legacy')('cannot find out which tables there are', async () => {
      const { code, stdout, stderr } = await unprivileged(saving);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/_tables_names: Permission denied/);
    });
  });
});

async function chainsOf(ns: Namespace, { variant, family }: At): Promise<string[]> {
  const lines = await saved(ns, variant, family);
  return lines.flatMap((line) => /^:([^ ]+)/.exec(line)?.[1] ?? []);
}

const emptyChain = { policy: '-', counters: null, rules: [] };

async function tablesOf(ns: Namespace, { variant, family }: At): Promise<string[]> {
  const lines = await saved(ns, variant, family);
  return lines.filter((line) => line.startsWith('*')).map((line) => line.slice(1));
}
