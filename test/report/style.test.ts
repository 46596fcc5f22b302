import { describe, expect, test } from 'vitest';
import { type ColorChoice, createStyle } from '../../src/report/style.ts';

type Environment = Record<string, string>;

describe('colours: --color before NO_COLOR before FORCE_COLOR before the terminal', () => {
  test.each<[choice: ColorChoice, environment: Environment, terminal: boolean, colored: boolean]>([
    ['auto', {}, true, true],
    ['auto', {}, false, false],
    ['auto', { TERM: 'xterm' }, true, true],
    ['auto', { TERM: 'dumb' }, true, false],
    ['auto', { NO_COLOR: '1' }, true, false],
    ['auto', { NO_COLOR: '' }, true, true],
    ['auto', { FORCE_COLOR: '1' }, false, true],
    ['auto', { FORCE_COLOR: '3' }, false, true],
    ['auto', { FORCE_COLOR: '1', TERM: 'dumb' }, true, true],
    ['auto', { FORCE_COLOR: '0' }, true, false],
    ['auto', { FORCE_COLOR: '' }, true, true],
    ['auto', { FORCE_COLOR: '' }, false, false],
    ['auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['always', { NO_COLOR: '1', TERM: 'dumb' }, false, true],
    ['never', { FORCE_COLOR: '1' }, true, false],
  ])('%s, %o, terminal %s: %s', (choice, environment, terminal, colored) => {
    const style = createStyle(choice, environment, terminal);
    expect(style('red', 'x')).toBe(colored ? '\u001b[31mx\u001b[39m' : 'x');
  });
});
