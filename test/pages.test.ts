// README.md and docs/ hold together: what they name is there. test/kernel/pages.test.ts runs what they say.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandSpecs } from '../src/cli/commands.ts';
import { loadRuleSet } from '../src/config/load.ts';
import { templateNames } from '../src/template/views.ts';
import { listen } from './listen.ts';
import { repository } from './support/natmap.ts';
import { isShown, type Page, pages, prose, readPage, stepsOf } from './support/pages.ts';

const all = pages();

test('docs/README.md leads to every document', () => {
  const index = all.find(({ name }) => name === 'docs/README.md')?.text ?? '';
  const names = all.flatMap(({ name }) => /^docs\/([^/]+\.md)$/.exec(name)?.[1] ?? []);
  expect(names.filter((name) => name !== 'README.md' && !index.includes(`](${name})`))).toEqual([]);
});

describe.each(all)('$name', (page) => {
  test('has no block that no test reads', () => {
    const languages = new Set(['console', 'yaml', 'json', 'text', 'mermaid']);
    const unread = page.blocks.filter(
      ({ language, lines }) =>
        !languages.has(language) || (language === 'console' && !lines[0]?.startsWith('$ ')),
    );
    expect(unread).toEqual([]);
  });

  test('has links that lead somewhere', () => {
    const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !leadsSomewhere(page, target))).toEqual([]);
  });

  test('names commands and flags that natmap has', () => {
    const mentions = [...prose(page).matchAll(/`natmap ([^`]+)`/g)].map(([, words = '']) => words);
    expect(mentions.filter((words) => !isCommandLine(words))).toEqual([]);
  });

  test('shows rules that natmap takes', () => {
    const rules = page.blocks.filter(({ language }) => language === 'yaml');
    const { report, said } = listen();
    for (const { lines, line } of rules) {
      loadRuleSet([{ name: `${page.name}:${line}`, text: lines.join('\n') }], report);
    }
    expect(said()).toEqual([]);
  });

  test('names tests that are there', () => {
    const names = [...prose(page).matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(([, name = '']) => name);
    const isThere = (name: string) =>
      existsSync(join(repository, 'test', name.replace(/^test\//, '')));
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });
});

function leadsSomewhere({ name }: Page, target: string): boolean {
  if (/^https?:/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? name : join(dirname(name), path);
  if (!existsSync(`${repository}${file}`)) return false;
  return (
    anchor === undefined || anchorsOf(readFileSync(`${repository}${file}`, 'utf8')).has(anchor)
  );
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** `help` is commander's own. */
function isCommandLine(words: string): boolean {
  const [name, ...rest] = words.split(' ');
  if (name === 'help') return true;
  const spec = commandSpecs().find((each) => each.name === name);
  const known = spec?.flags.flatMap(({ long, short }) => [long, short]) ?? [];
  const flags = rest.filter((word) => word.startsWith('-') && word !== '-');
  return spec !== undefined && flags.every((flag) => known.includes(flag));
}

test('docs/comparison.md has no measurement that bench/README.md has not', () => {
  const comparison = all.find(({ name }) => name === 'docs/comparison.md')?.text ?? '';
  const bench = readFileSync(`${repository}bench/README.md`, 'utf8');
  const figures = [...comparison.matchAll(/[\d.]+×/g)].map(([figure]) => figure);
  expect(figures.length).toBeGreaterThan(0);
  expect(figures.filter((figure) => !bench.includes(` ${figure} `))).toEqual([]);
});

test('docs/templates.md has every template with the names that it may use', () => {
  const text = all.find(({ name }) => name === 'docs/templates.md')?.text ?? '';
  const rows = [...text.matchAll(/^\| `([\w-]+)` \|.*\| (`.*`) \|$/gm)];
  const named = rows.map(([, template = '', names = '']) => [template, names.split(', ')]);
  const known = Object.entries(templateNames).map(([template, names]) => [
    template,
    names.map((name) => `\`${name}\``),
  ]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(known));
});

describe('a page', () => {
  const page = readPage(
    'page.md',
    [
      '',
      '    natmap indented',
      '',
      '```console',
      '$ natmap diff   # exit code 1: something would change',
      'a (b)',
      '…',
      '$ sudo natmap apply',
      '```',
      '```yaml',
      '# rules.d/a.yaml',
      'dnat: []',
      '```',
      '```text',
      '{# templates/a.njk #}',
      '*nat',
      '```',
    ].join('\n'),
  );

  test('is read for its commands and files', () => {
    const command = { kind: 'command', command: 'natmap diff', asRoot: false, exitCode: 1 };
    expect(stepsOf(page)).toEqual([
      { ...command, shown: ['a (b)', '…'] },
      { ...command, command: 'sudo natmap apply', asRoot: true, exitCode: 0, shown: [] },
      { kind: 'file', name: 'rules.d/a.yaml', text: '# rules.d/a.yaml\ndnat: []\n' },
      { kind: 'file', name: 'templates/a.njk', text: '{# templates/a.njk #}\n*nat\n' },
    ]);
  });

  test('is read for blocks that are indented', () => {
    expect(page.blocks[0]).toEqual({
      language: 'indented',
      lines: ['    natmap indented'],
      line: 2,
    });
  });

  test.each([
    ['a (b)\nc\nd\n', true],
    ['a (b)\n', true],
    ['a b\nc\n', false],
    ['x\na (b)\n', false],
  ])('shows %j: %s', (printed, expected) => {
    expect(isShown(printed, ['a (b)', '…'])).toBe(expected);
  });

  test('shows a line with a part left out', () => {
    expect(isShown('sha256:12ab\n', ['sha256:…'])).toBe(true);
    expect(isShown('sha256:12ab\nmore\n', ['sha256:…'])).toBe(false);
  });
});
