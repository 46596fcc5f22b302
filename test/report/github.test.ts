import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatGithub } from '../../src/report/github.ts';
import { anyDiagnostic, between, diagnostic } from './diagnostic-places.ts';

describe('a diagnostic becomes an annotation', () => {
  test('of its line and columns, with its code as the title', () => {
    expect(formatGithub([diagnostic()])).toBe(
      '::error file=rules.d/a.yaml,line=2,col=12,endColumn=17,title=bad-port::port 70000 is above 65535%0Ahint: take another\n',
    );
  });

  test('with the other places that take part', () => {
    const related = [{ message: 'the first one', at: between('x: ▸y▸', 'rules.d/b.yaml') }];
    expect(formatGithub([diagnostic({ severity: 'warning', related })])).toMatch(
      /^::warning .*%0Ahint: take another%0Arules\.d\/b\.yaml:1:4: the first one\n$/,
    );
  });

  test('without columns where it spans several lines', () => {
    expect(formatGithub([diagnostic({ at: between('a: ▸|\n  b▸') })])).toContain(
      'line=1,col=4,title=',
    );
  });

  test('without a file where no text is to blame', () => {
    expect(formatGithub([diagnostic({ code: 'no-rules', at: null })])).toMatch(
      /^::error title=no-rules::/,
    );
  });

  test.each([
    ['100%', '100%25'],
    ['a\nb', 'a\\u000ab'],
    ['a\rb', 'a\\u000db'],
    ['a::b,c', 'a::b,c'],
  ])('message %j is written %j', (message, written) => {
    expect(formatGithub([diagnostic({ message })])).toContain(`::${written}%0Ahint`);
  });

  test.each([
    ['a:b,c%', 'a%3Ab%2Cc%25'],
    ['a\nb', 'a\\u000ab'],
  ])('file %j is written %j', (name, written) => {
    expect(formatGithub([diagnostic({ at: between('▸x▸', name) })])).toContain(`file=${written},`);
  });
});

describe('GitHub shows ten annotations of a step', () => {
  const warning = diagnostic({ severity: 'warning', code: 'duplicate-mapping' });

  test('errors come before warnings, and the rest is counted', () => {
    const lines = formatGithub([
      ...Array.from({ length: 7 }, () => warning),
      ...Array.from({ length: 8 }, () => diagnostic()),
    ]).split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      ...Array.from({ length: 8 }, () => '::error'),
      ...['::warning', '::warning', 'and', ''],
    ]);
    expect(lines.at(-2)).toBe('and 5 warnings more: natmap check shows all');
  });

  test('ten need no such line', () => {
    const ten = Array.from({ length: 10 }, () => warning);
    expect(formatGithub(ten).split('\n')).toHaveLength(11);
  });

  test('none is nothing', () => {
    expect(formatGithub([])).toBe('');
  });
});

/** As the runner reads a line (ActionCommand.TryParseV2, actions/runner). */
function readCommand(line: string) {
  const [, command = '', properties = '', message = ''] =
    /^::([a-z]+) ([^\n]*?)::([^\n]*)$/.exec(line) ?? [];
  const pairs = properties.split(',').map((pair) => {
    const [key = '', ...value] = pair.split('=');
    return [key, unescapeProperty(value.join('='))] as const;
  });
  return { command, properties: new Map(pairs), message: unescapeMessage(message) };
}

function unescapeMessage(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return unescapeMessage(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}

test('whatever a file or a message holds, it is one command with these properties', () => {
  fc.assert(
    fc.property(anyDiagnostic, (one) => {
      const [line = '', ...rest] = formatGithub([one]).split('\n');
      expect(rest).toEqual(['']);
      const { command, properties, message } = readCommand(line);
      expect(command).toBe(one.severity);
      expect(properties.get('title')).toBe(one.code);
      const known = ['file', 'line', 'col', 'endColumn', 'title'];
      expect(known).toEqual(expect.arrayContaining([...properties.keys()]));
      expect(message.split('\n')).toHaveLength(2 + (one.related?.length ?? 0));
    }),
  );
});
