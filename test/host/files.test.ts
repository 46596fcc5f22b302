import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  FileFault,
  readFolder,
  readSaveText,
  readSource,
  refuseIfSharedWith,
} from '../../src/host/files.ts';
import { isTemporary } from '../../src/host/state-folder.ts';
import { writeAtomically } from '../../src/host/write.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

function workspace(files: Readonly<Record<string, string>>): Workspace {
  const made = createWorkspace(files);
  onTestFinished(() => made[Symbol.dispose]());
  return made;
}

const root = process.getuid?.() === 0;

describe('a folder is read', () => {
  test('by the bytes of its names, less the hidden ones', () => {
    const work = workspace({ 'd/b.yaml': '1', 'd/B.yaml': '2', 'd/.c.yaml': '3', 'd/a.txt': '4' });
    const folder = readFolder(work.file('d'), '.yaml');
    expect(folder?.files.map(({ text }) => text)).toEqual(['2', '1']);
    expect(folder?.others).toEqual(['a.txt']);
  });

  test('to its end, whatever cannot be read in it', () => {
    const work = workspace({ 'd/a.yaml': '1', 'd/c.yaml': '2' });
    mkdirSync(work.file('d/b.yaml'));
    symlinkSync('nowhere', work.file('d/d.yaml'));
    execFileSync('mkfifo', [work.file('d/e.yaml')]);
    const folder = readFolder(work.file('d'), '.yaml');
    expect(folder?.files.map(({ text }) => text)).toEqual(['1', '2']);
    expect(folder?.faults.map(({ message }) => message)).toEqual([
      `${work.file('d/b.yaml')}: this is a folder`,
      `${work.file('d/d.yaml')}: no such file`,
      `${work.file('d/e.yaml')}: this is no regular file`,
    ]);
  });

  // A message quotes the line at fault: a link could print any file that root reads.
  test.each([
    ['to a process', '/proc/self/environ'],
    ['to a device', '/dev/null'],
    ['beside the folder', '../secret'],
    ['to a folder whose name begins alike', '../d-other/secret'],
    ['through another link', 'first.yaml'],
  ])('without what a link leads out to: %s', (_, target) => {
    const work = workspace({ secret: 'hunter2', 'd-other/secret': 'hunter2', 'd/a.txt': '' });
    symlinkSync('../secret', work.file('d/first.yaml'));
    symlinkSync(target, work.file('d/x.yaml'));
    const folder = readFolder(work.file('d'), '.yaml');
    expect(folder?.files).toEqual([]);
    expect(folder?.faults.map(({ message }) => message)).toContain(
      `${work.file('d/x.yaml')}: this symbolic link leads out of the folder, and the file is not read`,
    );
  });

  test('with links that stay in it, as a ConfigMap of Kubernetes has them', () => {
    const work = workspace({ 'd/..2026/a.yaml': '1' });
    symlinkSync('..2026', work.file('d/..data'));
    symlinkSync('..data/a.yaml', work.file('d/a.yaml'));
    symlinkSync('d', work.file('linked'));
    for (const folder of ['d', 'linked']) {
      expect(readFolder(work.file(folder), '.yaml')?.files.map(({ text }) => text)).toEqual(['1']);
    }
  });

  test('unless it is none', () => {
    const work = workspace({ file: '' });
    expect(readFolder(work.file('nowhere'), '.yaml')).toBeNull();
    expect(() => readFolder(work.file('file'), '.yaml')).toThrow('this is not a folder');
  });
});

describe('one file is read', () => {
  test.each<[what: string, bytes: Buffer, text: string]>([
    ['UTF-8', Buffer.from('ä: 1\n'), 'ä: 1\n'],
    ['with a byte order mark', Buffer.from('\ufeffa: 1\n'), 'a: 1\n'],
    ['empty', Buffer.from(''), ''],
    ['one zero byte', Buffer.from([0]), '\0'],
  ])('%s', (_, bytes, text) => {
    const work = workspace({});
    writeFileSync(work.file('f'), bytes);
    expect(readSource(work.file('f')).text).toBe(text);
    expect(readSaveText(work.file('f')).text).toBe(text);
  });

  test.each<[what: string, bytes: Buffer]>([
    ['as PowerShell writes it', Buffer.from('\ufeff*nat\n', 'utf16le')],
    ['big-endian', Buffer.from('\ufeff*nat\n', 'utf16le').swap16()],
    ['without a byte order mark', Buffer.from('*nat\n', 'utf16le')],
    ['big-endian without one', Buffer.from('*nat\n', 'utf16le').swap16()],
  ])('unless it is UTF-16: %s', (_, bytes) => {
    const work = workspace({});
    writeFileSync(work.file('f'), bytes);
    for (const read of [readSource, readSaveText]) {
      expect(() => read(work.file('f'))).toThrow(/f: this is UTF-16 text, and UTF-8 is expected$/);
    }
  });

  test('unless it is larger than any rule set', () => {
    const work = workspace({ f: '' });
    truncateSync(work.file('f'), 257 * 1024 * 1024);
    for (const read of [readSource, readSaveText]) {
      expect(() => read(work.file('f'))).toThrow(/f: this is more than 256 MiB$/);
    }
  });

  // Nobody writes to the pipe: anyone who opened it for reading would wait for ever.
  test('unless it is a pipe or a device', () => {
    const work = workspace({});
    execFileSync('mkfifo', [work.file('pipe')]);
    for (const path of [work.file('pipe'), '/dev/zero', '/dev/null']) {
      expect(() => readSource(path)).toThrow(`${path}: this is no regular file`);
      expect(() => readSaveText(path)).toThrow(`${path}: this is no regular file`);
    }
  });
});

describe('a folder of templates is refused', () => {
  const templates = () => {
    const work = workspace({ 'd/dnat.njk': '' });
    chmodSync(work.file('d'), 0o755);
    chmodSync(work.file('d/dnat.njk'), 0o644);
    return work;
  };
  const uid = process.getuid?.() ?? 0;

  test('not while nobody else can change it', () => {
    expect(() => refuseIfSharedWith(templates().file('d'), uid)).not.toThrow();
  });

  test.each(['d', 'd/dnat.njk'])('when others can write to %s', (path) => {
    const work = templates();
    chmodSync(work.file(path), 0o777);
    expect(() => refuseIfSharedWith(work.file('d'), uid)).toThrow('others can write to it');
  });

  test.runIf(root)('when it is of another user', () => {
    const work = templates();
    chownSync(work.file('d/dnat.njk'), 65534, 65534);
    expect(() => refuseIfSharedWith(work.file('d'), uid)).toThrow('belongs to user 65534');
  });

  test('when a link in it leads nowhere', () => {
    const work = templates();
    symlinkSync('nowhere', work.file('d/other'));
    expect(() => refuseIfSharedWith(work.file('d'), uid)).toThrow(FileFault);
  });
});

describe('a file is written', () => {
  // Who may write to the folder must neither know the name of the temporary nor lead it elsewhere.
  test('under a temporary name that nobody can foresee', async () => {
    const work = workspace({});
    const seen: string[] = [];
    const watcher = watch(work.path, (_, name) => void seen.push(String(name)));
    for (const text of ['one', 'two']) writeAtomically(work.path, 'plan.json', text);
    await vi.waitFor(() => expect(new Set(seen).size).toBe(3), 5000);
    watcher.close();
    const temporaries = [...new Set(seen)].filter((name) => name !== 'plan.json');
    for (const name of temporaries) {
      expect(name).toMatch(/^\.plan\.json\.[0-9a-f]{16}\.tmp$/);
      expect(isTemporary(name)).toBe(true);
    }
  });

  test('in a folder that is made when missing, and nothing else is left there', () => {
    const work = workspace({});
    const folder = work.file('a/b');
    for (const text of ['one', 'two'])
      expect(writeAtomically(folder, 'f', text)).toBe(`${folder}/f`);
    expect(readFileSync(`${folder}/f`, 'utf8')).toBe('two');
    expect(readdirSync(folder)).toEqual(['f']);
  });

  test.each([
    ['a link, as /dev/stdout is', 'link', 'this is a symbolic link'],
    ['a folder', 'folder', 'this is not a file'],
  ])('not in the place of %s', (_, name, reason) => {
    const work = workspace({ file: 'kept', 'folder/kept': '' });
    symlinkSync('file', work.file('link'));
    expect(() => writeAtomically(work.path, name, 'text')).toThrow(`${name}: ${reason}`);
    expect(readdirSync(work.path).sort()).toEqual(['file', 'folder', 'link']);
  });

  test('not where the folder is a file', () => {
    const work = workspace({ file: '' });
    const write = (folder: string) => () => writeAtomically(work.file(folder), 'f', '');
    expect(write('file')).toThrow(`${work.file('file')}: this is not a folder`);
    expect(write('file/below')).toThrow(`${work.file('file/below')}: this is not a folder`);
  });
});
