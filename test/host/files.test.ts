import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileFault, readFolder, refuseIfSharedWith } from '../../src/host/files.ts';
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
    symlinkSync('/dev/null', work.file('d/e.yaml'));
    const folder = readFolder(work.file('d'), '.yaml');
    expect(folder?.files.map(({ text }) => text)).toEqual(['1', '2']);
    expect(folder?.faults.map(({ message }) => message)).toEqual([
      `${work.file('d/b.yaml')}: this is a folder`,
      `${work.file('d/d.yaml')}: no such file`,
      `${work.file('d/e.yaml')}: this is no regular file`,
    ]);
  });

  test('unless it is none', () => {
    const work = workspace({ file: '' });
    expect(readFolder(work.file('nowhere'), '.yaml')).toBeNull();
    expect(() => readFolder(work.file('file'), '.yaml')).toThrow('this is not a folder');
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
