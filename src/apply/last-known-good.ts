// The last state that held, in the state folder as a text that plain iptables-restore takes: what
// packaging/restore-last-good loads at boot, before there is a network, Docker, or anything of natmap's
// running. Rules that wait to be confirmed are kept apart: a boot must not bring them back.
import { join } from 'node:path';
import { listFolder, readSaveText } from '../host/files.ts';
import { removeAtOnce, writeAllDurably, writeAtOnce } from '../host/state-folder.ts';
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import { ruleLine } from '../iptables/print.ts';
import type { Backend, Backends, Chain, Ruleset, Table } from '../iptables/ruleset.ts';
import { restorableText, restorableWord } from '../iptables/saved-words.ts';
import { wantedTables } from '../iptables/wanted.ts';
import { fileEndings } from '../net/family.ts';

export type Trust = 'last-good' | 'unconfirmed';

/**
 * Keeps the states of these families. To be called with the lock held.
 *
 * @throws FileFault
 */
export function keepState(
  stateFolder: string,
  trust: Trust,
  rulesets: readonly Ruleset[],
  backends: Backends,
): void {
  for (const ending of Object.values(fileEndings)) {
    removeAtOnce(join(stateFolder, unconfirmedName(ending)));
  }
  const present = listFolder(stateFolder) ?? [];
  const changed: [name: string, text: string][] = [];
  for (const ruleset of rulesets) {
    const name = `${trust}.${fileEndings[ruleset.family]}`;
    const text = printLastGood(ruleset, backends[ruleset.family]);
    const isKept = present.includes(name) && readSaveText(join(stateFolder, name)).text === text;
    if (!isKept) changed.push([name, text]);
  }
  if (trust === 'last-good') writeAllDurably(stateFolder, Object.fromEntries(changed));
  // These count only once they are confirmed, which makes them durable.
  else for (const [name, text] of changed) writeAtOnce(join(stateFolder, name), text);
}

function unconfirmedName(ending: string): string {
  return `unconfirmed.${ending}`;
}

/**
 * What was kept unconfirmed is the last good state now. To be called with the lock held.
 *
 * @throws FileFault
 */
export function trustUnconfirmed(stateFolder: string): void {
  const present = listFolder(stateFolder) ?? [];
  const endings = Object.values(fileEndings);
  const unconfirmed = endings.filter((ending) => present.includes(unconfirmedName(ending)));
  const texts = unconfirmed.map((ending) => [
    `last-good.${ending}`,
    readSaveText(join(stateFolder, unconfirmedName(ending))).text,
  ]);
  writeAllDurably(stateFolder, Object.fromEntries(texts));
  for (const ending of unconfirmed) removeAtOnce(join(stateFolder, unconfirmedName(ending)));
}

/**
 * Our part of the state. `-N` instead of a header: where a chain of natmap's is there already, the block
 * fails as a whole and no jump is doubled. The tables stand in the order that leaves nothing open in
 * between. DOCKER-USER, which may be there or not, is for the program that loads it.
 */
function printLastGood({ tables }: Ruleset, backend: Backend): string {
  const blocks = wantedTables.flatMap((name) => {
    const table = tables.find((each) => each.name === name);
    return table === undefined ? [] : [tableLines(table)];
  });
  return [`# iptables-${backend}`, ...blocks.flat()].map((line) => `${line}\n`).join('');
}

function tableLines({ name, chains }: Table): string[] {
  const owned = chains.filter((chain) => isOwnedChain(chain.name));
  if (owned.length === 0) return [];
  return [
    `*${name}`,
    ...owned.map((chain) => `-N ${chain.name}`),
    ...owned.flatMap((chain) =>
      chain.rules.map(({ spec }) => ruleLine(chain.name, restorableText(spec))),
    ),
    ...chains.filter((chain) => !isOwnedChain(chain.name)).flatMap(insertions),
    'COMMIT',
  ];
}

/** In reverse, as each is put first. */
function insertions({ name, rules }: Chain): string[] {
  const ours = rules.filter(({ spec }) => isOwnedRule(spec));
  return ours.toReversed().map(({ spec }) => `-I ${restorableWord(name)} ${restorableText(spec)}`);
}
