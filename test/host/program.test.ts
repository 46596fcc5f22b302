/** Programs that end in every way that a program can. */
import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clientRunner } from '../../src/host/program.ts';
import { createWorkspace } from '../support/workspace.ts';

const run = clientRunner(process.env);
const megabytes = 1024 * 1024;

function shell(script: string, input?: string, timeout = 60_000) {
  const given = input === undefined ? {} : { input };
  return run({ program: 'sh', args: ['-c', script], timeout, ...given });
}

describe('the outcome of a program', () => {
  test.each([
    ['that succeeds', 'cat; echo no >&2', { code: 0, stdout: 'in', stderr: 'no\n', failure: null }],
    ['that fails', 'exit 3', { code: 3, failure: null }],
    ['that is killed', 'kill -9 $$', { code: null, failure: 'signal' }],
    ['that does not read its input', 'exec true', { code: 0, failure: null }],
  ])('%s', async (_, script, outcome) => {
    expect(await shell(script, 'in')).toMatchObject(outcome);
  });

  test('that is missing', async () => {
    const outcome = await run({ program: 'no-such-program', args: [], timeout: 1000 });
    expect(outcome).toMatchObject({ code: null, failure: 'not-found' });
  });

  test('that cannot be started says why', async () => {
    using files = createWorkspace({ program: '#!/bin/sh\n' });
    chmodSync(files.file('program'), 0o644);
    const outcome = await run({ program: files.file('program'), args: [], timeout: 1000 });
    expect(outcome).toMatchObject({
      failure: 'not-startable',
      stderr: 'permission denied (EACCES)',
    });
  });

  test('that does not read a large input', async () => {
    const outcome = await shell('exit 0', 'x'.repeat(10 * megabytes));
    expect(outcome).toMatchObject({ code: 0, failure: null });
  });
});

describe('output', () => {
  test('on standard error is kept up to 128 KB, and a flood of it is no failure', async () => {
    const { code, stderr, failure } = await shell('head -c 30000000 /dev/zero >&2; exit 1');
    expect({ code, failure, length: stderr.length }).toEqual({
      code: 1,
      failure: null,
      length: 128 * 1024,
    });
  });

  test('on standard output that never ends is a failure', async () => {
    const { code, failure } = await shell('exec cat /dev/zero');
    expect({ code, failure }).toEqual({ code: null, failure: 'too-much-output' });
  });
});

describe('a time limit', () => {
  test('ends a program that ignores every signal that can be ignored', async () => {
    const started = performance.now();
    const outcome = await shell("trap '' TERM INT HUP; while :; do sleep 60; done", '', 300);
    expect(outcome).toMatchObject({ code: null, failure: 'timeout' });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test.each([
    ['what it has started', 'sleep 60 & sleep 60'],
    ['what it has left behind', 'sleep 60 & exit 0'],
    ['what has left its process group', 'setsid sleep 5 & exit 0'],
  ])('is not outlasted by %s with its pipes', async (_, script) => {
    const started = performance.now();
    expect((await shell(script, '', 300)).failure).toBe('timeout');
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
