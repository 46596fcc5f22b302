/** The record of who goes back whether there is a record or not. */
import { expect, test } from 'vitest';
import { forgiving } from '../../src/apply/forgiving-journal.ts';
import type { Journal } from '../../src/apply/history.ts';
import { FileFault } from '../../src/host/files.ts';

const steps = ['begin', 'intend', 'commit', 'abandon'] as const;

/** Writes down its calls; these fail. */
function journal(failing: readonly string[], calls: string[]): Journal {
  const call = (name: string) => {
    calls.push(name);
    if (failing.includes(name)) throw new FileFault('/state', 'no space is left on the disk');
  };
  return {
    begin: () => call('begin'),
    intend: () => call('intend'),
    commit: () => {
      call('commit');
      return 7;
    },
    abandon: () => call('abandon'),
    leave: () => '/state/history/pending',
  };
}

test.each([
  [[], ['begin', 'intend', 'commit'], 7],
  [['begin'], ['begin', 'abandon'], 0],
  [['intend'], ['begin', 'intend', 'abandon'], 0],
  [['commit'], ['begin', 'intend', 'commit', 'abandon'], 0],
  [steps, ['begin', 'abandon'], 0],
])(
  'where %j fail, nothing is thrown, and a part of a record is removed',
  (failing, expected, number) => {
    const calls: string[] = [];
    const { begin, intend, commit } = forgiving(journal(failing, calls));
    begin([]);
    intend('', {});
    expect(commit()).toBe(number);
    expect(calls).toEqual(expected);
  },
);
