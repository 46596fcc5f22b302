/** What the state folder says of an apply that waits to be confirmed. */
import { describe, expect, test } from 'vitest';
import { arm, endWait, readConfirmation, restartWait } from '../../src/apply/confirmation.ts';
import { ownIdentity } from '../../src/host/process-identity.ts';
import { createWorkspace } from '../support/workspace.ts';

const guard = ownIdentity();
const waiting = { apply: 7, guard, deadline: 0 };

describe('an apply that waits', () => {
  test('is known by its number and the time left, until the wait is ended', () => {
    using files = createWorkspace();
    arm(files.path, 7, 60);
    restartWait(files.path, 600);
    const confirmation = readConfirmation(files.path);
    expect(confirmation).toMatchObject({ kind: 'waiting', apply: 7 });
    expect(confirmation.kind === 'waiting' && confirmation.secondsLeft).toBeGreaterThan(60);
    endWait(files.path);
    expect(readConfirmation(files.path)).toEqual({ kind: 'none' });
  });

  test.each([
    ['its guard was killed', { ...guard, startTicks: '0' }, 'abandoned'],
    ['the machine was started anew', { ...guard, bootId: 'another' }, 'rebooted'],
  ])('is not waited for any more when %s', (_, other, kind) => {
    using files = createWorkspace({
      'unconfirmed.json': JSON.stringify({ ...waiting, guard: other }),
    });
    expect(readConfirmation(files.path)).toEqual({ kind });
  });

  test.each([
    ['torn', '{"apply":7,"gu'],
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['without a guard', JSON.stringify({ ...waiting, guard: null })],
    ['without a number', JSON.stringify({ ...waiting, apply: undefined })],
    ['of other types', JSON.stringify({ ...waiting, deadline: 'soon' })],
  ])('is none where the file is %s', (_, text) => {
    using files = createWorkspace({ 'unconfirmed.json': text });
    expect(readConfirmation(files.path)).toEqual({ kind: 'none' });
  });
});
