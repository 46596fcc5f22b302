import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import type { Place } from '../../src/diagnostic/source.ts';
import { visible } from '../../src/diagnostic/visible.ts';
import { countDiagnostics, formatDiagnostic } from '../../src/report/diagnostics.ts';
import { createStyle } from '../../src/report/style.ts';
import { between } from './diagnostic-places.ts';

const plain = createStyle('never', {}, false);

function format(at: Place | null, more: Partial<Diagnostic> = {}): string[] {
  const diagnostic: Diagnostic = {
    code: 'bad-port',
    severity: 'error',
    message: 'port 70000 is above 65535',
    at,
    ...more,
  };
  return formatDiagnostic(diagnostic, plain).split('\n');
}

describe('a diagnostic is printed', () => {
  test('with its place, the line and a caret under the place', () => {
    const at = between('dnat:\n  - ports: ▸70000▸\n    ext_ip: x\n');
    expect(format(at, { hint: 'take another' })).toEqual([
      'rules.d/a.yaml:2:12: error: port 70000 is above 65535 [bad-port]',
      '    2 |   - ports: 70000',
      '                   ^^^^^',
      '    hint: take another',
    ]);
  });

  test('with a hint, and with the other places that take part', () => {
    const related = [{ message: 'the first one', at: between('x: ▸y▸', 'rules.d/b.yaml') }];
    expect(format(between('▸a▸'), { hint: 'take another', related }).slice(3)).toEqual([
      '    hint: take another',
      '    rules.d/b.yaml:1:4: the first one',
    ]);
  });

  test('with general advice where there is no hint', () => {
    expect(format(between('▸a▸'), { code: 'yaml-feature' }).at(-1)).toBe(
      '    hint: write the value out',
    );
  });

  test('as a warning', () => {
    expect(format(null, { severity: 'warning', hint: 'take another' })).toEqual([
      'warning: port 70000 is above 65535 [bad-port]',
      '    hint: take another',
    ]);
  });

  test('without a line where no text is to blame, or where the line is empty', () => {
    const hint = 'take another';
    expect(format(null, { hint })).toEqual([
      'error: port 70000 is above 65535 [bad-port]',
      '    hint: take another',
    ]);
    expect(format(between('a\n▸▸\nb'), { hint })).toEqual([
      'rules.d/a.yaml:2:1: error: port 70000 is above 65535 [bad-port]',
      '    hint: take another',
    ]);
  });

  test('with colours', () => {
    const painted = formatDiagnostic(
      { code: 'bad-port', severity: 'error', message: 'no', at: between('▸x▸'), hint: 'yes' },
      createStyle('always', {}, false),
    );
    expect(painted).toBe(
      [
        '\u001b[1mrules.d/a.yaml:1:1\u001b[22m: \u001b[31merror\u001b[39m: no \u001b[2m[bad-port]\u001b[22m',
        '    1 | x',
        '        \u001b[31m^\u001b[39m',
        '    \u001b[36mhint\u001b[39m: yes',
      ].join('\n'),
    );
  });
});

/** The characters that stand over the carets. */
function pointedAt(lines: readonly string[]): string {
  const [, quoted = '', carets = ''] = lines;
  return quoted.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1);
}

describe('the caret stands under the place', () => {
  test.each<[what: string, text: string, pointed: string]>([
    ['at the beginning of a line', 'a\n▸bcd▸ e', 'bcd'],
    ['at the end of a line', 'a: ▸bcd▸', 'bcd'],
    ['behind tabs', '\t\ta:\t▸bcd▸', 'bcd'],
    ['with a tab within', 'x ▸b\tc▸', 'b c'],
    ['on a line with a line end of Windows', 'a: ▸b▸\r\nc', 'b'],
    ['of several lines, on the first', 'a: ▸|\n  two\n  lines▸', '|'],
    ['behind a control character', 'a\u001b[31m: ▸bcd▸', 'bcd'],
    ['far to the right', `${'x'.repeat(500)}▸bcd▸${'y'.repeat(500)}`, 'bcd'],
    ['just before the window ends', `${'x'.repeat(99)}▸bcd▸${'y'.repeat(500)}`, 'bcd'],
    ['just behind where the window would begin again', `${'x'.repeat(101)}▸bcd▸`, 'bcd'],
  ])('%s', (_, text, pointed) => {
    expect(pointedAt(format(between(text)))).toBe(pointed);
  });

  test('with nothing to show, below one blank', () => {
    expect(format(between('a:▸▸'))[2]).toBe('          ^');
  });

  test('of a long value only as far as it is shown', () => {
    const lines = format(between(`a: ▸${'x'.repeat(5000)}▸`));
    expect(lines[1]?.length).toBeLessThan(140);
    expect(lines[2]?.length).toBe(lines[1]?.length);
  });
});

describe('nothing in a diagnostic can steer the terminal', () => {
  test.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['a\nerror: b', 'a\\u000aerror: b'],
    ['\r', '\\u000d'],
    ['\u0000\u007f\u009b', '\\u0000\\u007f\\u009b'],
    ['\u202eabc', '\\u202eabc'],
    ['1\u200e2\u200f3\u061c4', '1\\u200e2\\u200f3\\u061c4'],
    ['\u2028', '\\u2028'],
    ['no UTF-8: \udce9, no character: \ud800', 'no UTF-8: \\xe9, no character: \\ud800'],
    ['plain äöü 🙂', 'plain äöü 🙂'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('neither in its message, its hint, its file nor its line', () => {
    const evil = '\u001b]0;x\u0007\u202e';
    const at = between(`${evil}▸${evil}▸`, `${evil}.yaml`);
    const lines = format(at, { message: evil, hint: evil, related: [{ message: evil, at }] });
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});

test('diagnostics are counted in words', () => {
  const of = (severity: Diagnostic['severity']): Diagnostic => ({
    code: 'duplicate-mapping',
    severity,
    message: '',
    at: null,
  });
  const [error, warning] = [of('error'), of('warning')];
  expect(countDiagnostics([])).toBeNull();
  expect(countDiagnostics([error])).toBe('1 error');
  expect(countDiagnostics([warning, warning])).toBe('2 warnings');
  expect(countDiagnostics([error, warning, error])).toBe('2 errors, 1 warning');
});
