import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProgress } from '../../src/app/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** A terminal, or what is none, and what was written to it. */
function open({ isTTY = true, elapsed = 0 } = {}) {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 };
  return { written, progress: createProgress(stream, () => elapsed) };
}

const clearing = '\r\u001b[K';

describe('a line says what is being done', () => {
  test.each<[when: string, elapsed: number, estimate: number]>([
    ['after half a second', 500, 0],
    ['at once, when it will take that long', 0, 600],
    ['at once, when it will be that late by then', 300, 250],
  ])('%s', (_, elapsed, estimate) => {
    const { written, progress } = open({ elapsed });
    progress.show('planning', estimate);
    expect(written).toEqual([`${clearing}planning`]);
  });

  test('while a program runs, when half a second is over', () => {
    const { written, progress } = open({ elapsed: 100 });
    progress.show('loading', 0);
    vi.advanceTimersByTime(399);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(written).toEqual([`${clearing}loading`]);
  });

  test('in place of the last one', () => {
    const { written, progress } = open({ elapsed: 600 });
    progress.show('planning', 0);
    progress.show('loading', 0);
    expect(written).toEqual([`${clearing}planning`, `${clearing}loading`]);
  });
});

describe('nothing is written', () => {
  test('before half a second is over', () => {
    const { written, progress } = open();
    progress.show('planning', 100);
    progress.clear();
    vi.advanceTimersByTime(10_000);
    expect(written).toEqual([]);
  });

  test('where there is no terminal', () => {
    const { written, progress } = open({ isTTY: false, elapsed: 600 });
    progress.show('planning', 1000);
    progress.clear();
    expect(written).toEqual([]);
  });

  test('on a terminal that cannot go back', () => {
    vi.stubEnv('TERM', 'dumb');
    const { written, progress } = open({ elapsed: 600 });
    progress.show('planning', 0);
    expect(written).toEqual([]);
  });
});

test('the line is cleared once', () => {
  const { written, progress } = open({ elapsed: 600 });
  progress.show('planning', 0);
  progress.clear();
  progress.clear();
  expect(written).toEqual([`${clearing}planning`, clearing]);
});
