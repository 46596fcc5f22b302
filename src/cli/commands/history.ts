// natmap history: the applies on the record of this host, newest first.

import { createConsole } from '../../app/console.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import type { OutputOptions, StateOptions } from '../../app/options.ts';
import { type HistoryEntry, isApply, readHistory } from '../../apply/history.ts';
import { kindWords, touches } from '../../apply/record.ts';
import { visible, visibleJson } from '../../diagnostic/visible.ts';
import { families } from '../../net/family.ts';
import { wrapText } from '../../report/width.ts';

export interface HistoryOptions extends OutputOptions, Pick<StateOptions, 'stateDir'> {
  readonly json?: true;
}

export function history(options: HistoryOptions): ExitCode {
  const console = createConsole(options);
  const { entries, unreadable, strange } = readHistory(options.stateDir);
  for (const name of strange) {
    console.say(
      `skipped ${visible(name)} in ${options.stateDir}/history: it is no record of natmap's`,
    );
  }
  for (const { number, problem } of unreadable) {
    console.say(`the record of apply ${number} cannot be read: ${visible(problem)}`);
  }
  const listed = countBack(entries);
  if (options.json) console.out(visibleJson(toJson(listed)));
  else if (listed.length === 0)
    console.note(`no apply is on the record in ${visible(options.stateDir)}`);
  else console.out(listed.map((each) => formatEntry(each, console.outWidth)).join(''));
  return exitCode.done;
}

/** An apply, and by what `natmap rollback N` would undo it and all after it; null for a rollback. */
interface Listed {
  readonly entry: HistoryEntry;
  readonly back: number | null;
}

/** Newest first. */
function countBack(entries: readonly HistoryEntry[]): readonly Listed[] {
  let back = 0;
  return entries.toReversed().map((entry) => ({ entry, back: isApply(entry) ? ++back : null }));
}

/** ` 2  2026-11-24T15:00:00.000Z  apply by root: ipv4: 3 rules added` */
function formatEntry(
  { entry: { record, interrupted }, back }: Listed,
  width: number | null,
): string {
  const { at, kind, by, summary } = record;
  const ending = interrupted ? ', interrupted' : '';
  const said = `${kindWords[kind]} by ${by}${ending}: ${summary}`;
  const lines = wrapText(`${visible(at)}  ${visible(said)}`, width === null ? null : width - 4);
  return `${String(back ?? '-').padStart(2)}  ${lines.join('\n    ')}\n`;
}

function toJson(listed: readonly Listed[]) {
  return {
    schema: 'natmap.history/v2',
    applies: listed.map(({ entry: { number, interrupted, record }, back }) => {
      const { kind, at, by, version, summary, sources } = record;
      const touched = families.filter((family) => touches(record, family));
      const backends = Object.fromEntries(touched.map((each) => [each, record.backends[each]]));
      return { back, number, kind, at, by, version, backends, interrupted, summary, sources };
    }),
  };
}
