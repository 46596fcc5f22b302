/** Texts as iptables-save prints them, for fast-check. */
import fc from 'fast-check';
import { builtinChains, tableNames } from '../../src/iptables/ruleset.ts';

const counters = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat())
  .map(([packets, bytes]) => `[${packets}:${bytes}]`);

/** Chain names that have tripped parsers: with brackets, dashes and what looks like options. */
const userChain = fc.oneof(
  fc.constantFrom('DOCKER', 'DOCKER-USER', 'NATMAP', 'f2b-sshd', 'a-A', '-A', 'KUBE-SVC-X3W', 'x]'),
  fc.stringMatching(/^[!#-9;-~][!-~]{0,27}$/),
  fc.constantFrom('"x', '"', 'u\u2003v', '\u00a0', 'NATMAP-"x"'),
);

/** What stands between double quotes, line breaks too. */
const quoted = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      '\\"',
      '\\\\',
      "\\'",
      '\n',
      '#',
      '-A X',
      ':X',
      'COMMIT',
      '*nat',
      '🙂',
    ),
  )
  .map((parts) => `"${parts.join('')}"`);

/** Names that are printed as they are: with quotes and blanks of Unicode in them. */
const name = fc.oneof(
  fc.constantFrom('"x', '"', 'a"b', '""', '"a"b', 'u\u2003v', '\u00a0', "'", '\\"', '#'),
  fc.stringMatching(/^[!-~]{1,12}$/),
);

const part = fc.oneof(
  fc.constantFrom(
    '!',
    '-s 10.0.0.1/32',
    '-m set',
    '-j ACCEPT',
    '-p tcp',
    '--dport 80:90',
    '-m recent',
  ),
  fc.constantFrom('--set', '-A X', '0x1/0xffffffff', '[0:0]', '#', 'a\\b', 'src'),
  fc.stringMatching(/^[!#-,.-~][!-~]{0,11}$/),
);

const named = fc
  .tuple(fc.constantFrom('-i', '-o', '-j', '-g', '--name', '--match-set', '--physdev-in'), name)
  .map((words) => words.join(' '));

const texts = fc
  .tuple(fc.constantFrom('-m comment --comment', '-j LOG --log-prefix', '--string'), quoted)
  .map((words) => words.join(' '));

/** A rule as iptables-save prints it: quotes stand where an option prints them, or in names. */
export const spec = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: part },
      { weight: 1, arbitrary: named },
      { weight: 1, arbitrary: texts },
    ),
    { maxLength: 9 },
  )
  .map((parts) => parts.join(' '));

const policy = fc.constantFrom('ACCEPT', 'DROP');

function block(name: string): fc.Arbitrary<string> {
  const builtin = builtinChains(name).map((chain) => fc.tuple(fc.constant(chain), policy));
  return fc
    .tuple(
      fc.tuple(...builtin),
      fc.uniqueArray(userChain, { maxLength: 4 }),
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(), counters, spec), { maxLength: 8 }),
      counters,
    )
    .map(([builtins, users, isCounted, rules, count]) => {
      const own = users.filter((user) => !builtins.some(([chain]) => chain === user));
      const chains = [...builtins, ...own.map((user) => [user, '-'] as const)];
      const headers = chains.map(([chain, each]) => `:${chain} ${each} ${count}`);
      const lines = chains.flatMap(([chain], place) =>
        rules
          .filter(([nth]) => nth % chains.length === place)
          .map(
            ([, hits, text]) => `${isCounted ? `${hits} ` : ''}-A ${chain}${text && ` ${text}`}`,
          ),
      );
      return [`*${name}`, ...headers, ...lines, 'COMMIT'].map((line) => `${line}\n`).join('');
    });
}

/** Some tables in any order, in the layout of iptables-save, without `#` lines. */
export const saveText: fc.Arbitrary<string> = fc
  .shuffledSubarray([...tableNames])
  .chain((names) => fc.tuple(...names.map(block)))
  .map((blocks) => blocks.join(''));
