/** The lock: held by an open file, and by every program that inherits it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Lock, takeLock } from '../../src/host/lock.ts';
import { which } from '../support/process.ts';
import { createWorkspace } from '../support/workspace.ts';

const make = { make: true };

async function mustLock(path: string): Promise<Lock> {
  const locked = await takeLock(path, 0, make);
  if (locked.kind !== 'held') throw new Error(JSON.stringify(locked));
  return locked.lock;
}

describe('a lock', () => {
  test('is free again once it is released, and names its holder until then', async () => {
    using files = createWorkspace();
    const path = files.file('lock');
    const first = await mustLock(path);
    expect(await takeLock(path, 0, make)).toEqual({ kind: 'busy', holder: process.pid });
    const waiting = takeLock(path, 10, make);
    first.release();
    expect(await waiting).toMatchObject({ kind: 'held' });
  });

  test('is held for as long as a program lives that inherited it', async () => {
    using files = createWorkspace();
    const path = files.file('lock');
    const lock = await mustLock(path);
    const survivor = spawn('sleep', ['60'], {
      stdio: ['ignore', 'ignore', 'ignore', lock.descriptor],
    });
    await once(survivor, 'spawn');
    lock.release();
    expect(await takeLock(path, 0.1, make)).toMatchObject({ kind: 'busy' });
    survivor.kill('SIGKILL');
    expect(await takeLock(path, 10, make)).toMatchObject({ kind: 'held' });
  });

  test('is lost when its file is replaced, and the next one is taken on the file that is there', async () => {
    using files = createWorkspace();
    const path = files.file('lock');
    const lock = await mustLock(path);
    expect(lock.isHeld()).toBe(true);
    renameSync(path, files.file('moved'));
    expect(lock.isHeld()).toBe(false);
    expect((await mustLock(path)).isHeld()).toBe(true);
  });

  test('follows no link', async () => {
    using files = createWorkspace({ target: 'x' });
    files.link('lock', 'sh');
    expect(await takeLock(files.file('lock'), 0, make)).toMatchObject({ kind: 'failed' });
  });
});

describe('without a flock(1) that locks a descriptor', () => {
  test.each([
    ['it is missing', null],
    ['it knows no such option', 'echo "flock: unrecognized option \'$1\'" >&2; exit 1'],
  ])('%s: what is needed is named', async (_, script) => {
    using files = createWorkspace();
    if (script !== null) {
      files.folder('bin');
      writeFileSync(files.file('bin/flock'), `#!${which('sh')}\n${script}\n`);
      chmodSync(files.file('bin/flock'), 0o755);
    }
    const { PATH } = process.env;
    try {
      process.env.PATH = files.file('bin');
      const locked = await takeLock(files.file('lock'), 0, make);
      expect(locked.kind === 'failed' && locked.message).toContain('flock(1) of util-linux');
    } finally {
      process.env.PATH = PATH;
    }
  });
});
