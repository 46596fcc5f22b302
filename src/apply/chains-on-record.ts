// The chains that natmap is known to have made on this host, by what it keeps in the state folder.
import { join } from 'node:path';
import { Fault } from '../diagnostic/fault.ts';
import { readSaveText } from '../host/files.ts';
import { type Family, fileEndings } from '../net/family.ts';
import { readHistory } from './history.ts';

/**
 * @returns `TABLE CHAIN` of each chain that the last known state, or the last apply, has; none where the
 *   record cannot be read, so that more is asked for
 */
export function chainsOnRecord(stateFolder: string, family: Family): ReadonlySet<string> {
  const ending = fileEndings[family];
  const kept = ['last-good', 'unconfirmed'].map((name) => join(stateFolder, `${name}.${ending}`));
  return new Set([...kept, ...lastAfter(stateFolder, ending)].flatMap(chainsIn));
}

function lastAfter(stateFolder: string, ending: string): string[] {
  try {
    const last = readHistory(stateFolder).entries.at(-1);
    return last === undefined ? [] : [join(last.path, `after.${ending}`)];
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

function chainsIn(path: string): string[] {
  let table = '';
  return textOf(path)
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('*')) table = line.slice(1);
      const chain = /^(?:-N |:)(\S+)/.exec(line)?.[1];
      return chain === undefined ? [] : [`${table} ${chain}`];
    });
}

function textOf(path: string): string {
  try {
    return readSaveText(path).text;
  } catch (error) {
    if (error instanceof Fault) return '';
    throw error;
  }
}
