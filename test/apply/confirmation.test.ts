/** What the state folder says of an apply that waits to be confirmed. */
import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  armWait,
  beginWait,
  decide,
  readConfirmation,
  readDecision,
} from '../../src/apply/confirmation.ts';
import { ownNetworkNamespace } from '../../src/host/network-namespace.ts';
import { ownIdentity } from '../../src/host/process-identity.ts';
import { createWorkspace } from '../support/workspace.ts';

const guard = ownIdentity();
const network = ownNetworkNamespace();
const inAnHour = Number(process.hrtime.bigint()) / 1e9 + 3600;
const wait = { id: 'a1', apply: 7, phase: 'waiting', guard, network, deadline: inAnHour };

const folderWith = (text: string) => createWorkspace({ 'unconfirmed.json': text });

describe('an apply that waits', () => {
  test('is being loaded until the apply begins the wait, and waits until it is decided on', () => {
    using files = createWorkspace();
    armWait(files.path, 'a1', 7, 60);
    expect(readConfirmation(files.path)).toMatchObject({ kind: 'loading', wait: { apply: 7 } });
    beginWait(files.path, 'a1', 600);
    const confirmation = readConfirmation(files.path);
    expect(confirmation).toMatchObject({ kind: 'waiting', wait: { id: 'a1' } });
    expect('secondsLeft' in confirmation && confirmation.secondsLeft).toBeGreaterThan(60);
    decide(files.path, 'a1', { kind: 'confirmed' });
    expect(readDecision(files.path, 'a1')).toEqual({ kind: 'confirmed' });
    expect(readConfirmation(files.path)).toEqual({ kind: 'none' });
    expect(existsSync(files.file('unconfirmed.json'))).toBe(false);
  });

  test('is not begun in the place of another', () => {
    using files = createWorkspace();
    armWait(files.path, 'a1', 7, 60);
    expect(() => beginWait(files.path, 'a2', 600)).toThrow('not what the guard wrote');
  });

  test.each([
    ['its guard was killed', { guard: { ...guard, startTicks: '0' } }, 'abandoned'],
    ['the machine was restarted', { guard: { ...guard, bootId: 'another' } }, 'rebooted'],
    [
      'its guard is in another PID namespace',
      { guard: { ...guard, pidNamespace: 'pid:[1]' } },
      'elsewhere',
    ],
    ['it is of another network', { network: { ...network, name: 'net:[1]' } }, 'elsewhere'],
    [
      'its guard is in another PID namespace, and long over its time',
      { guard: { ...guard, pidNamespace: 'pid:[1]' }, deadline: 0 },
      'abandoned',
    ],
  ])('is %s: %s', (_, change, kind) => {
    using files = folderWith(JSON.stringify({ ...wait, ...change }));
    expect(readConfirmation(files.path)).toMatchObject({ kind });
  });

  const torn: readonly (readonly [string, string])[] = [
    ['torn', '{"apply":7,"gu'],
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['without a guard', JSON.stringify({ ...wait, guard: null })],
    ['without a number', JSON.stringify({ ...wait, apply: undefined })],
    ['of other types', JSON.stringify({ ...wait, deadline: 'soon' })],
  ];

  test.each(torn)(
    'is unknown where the file is %s, and none before the machine started',
    (_, text) => {
      using files = folderWith(text);
      expect(() => readConfirmation(files.path)).toThrow(
        'unconfirmed.json: this is not what natmap',
      );
      utimesSync(files.file('unconfirmed.json'), 1, 1);
      expect(readConfirmation(files.path)).toEqual({ kind: 'none' });
    },
  );

  test('is unknown where the file cannot be read', () => {
    using files = createWorkspace();
    mkdirSync(files.file('unconfirmed.json'));
    expect(() => readConfirmation(files.path)).toThrow('this is a folder');
  });
});

describe('a wait goes on', () => {
  test.each([
    ['there is no decision', null],
    ['the decision is of another apply', '{"id":"a2","kind":"confirmed"}'],
    ['the decision is torn', '{"id":"a1","kind":"conf'],
    ['the decision is of no known kind', '{"id":"a1","kind":"maybe"}'],
    ['the decision is null', 'null'],
  ])('where %s', (_, text) => {
    using files = createWorkspace(text === null ? {} : { 'decision.json': text });
    expect(readDecision(files.path, 'a1')).toBeNull();
  });

  test('where the folder is gone', () => {
    expect(readDecision('/nonexistent', 'a1')).toBeNull();
  });
});
