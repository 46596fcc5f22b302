// Where a rehearsal takes place: a namespace with the copy in it, and a payload loaded after the copy.
import { type Apart, type Iptables, renumber } from '../../host/iptables.ts';
import { printRestorable } from '../../iptables/print.ts';
import type { Copy } from './copy.ts';

/** Loads a payload, or a part of one, on a stage of its own. */
export type Load = (payload: string, tables: readonly string[]) => Promise<Apart>;

export function stageOf({ before }: Copy, iptables: Iptables): Load {
  const copy = printRestorable(before);
  const copyLength = copy.split('\n').length - 1;
  return async (payload, tables) => {
    const apart = await iptables.loadApart(before.family, copy + payload, tables);
    if (apart.kind !== 'refused') return apart;
    const failure = renumber(apart.failure, (line) =>
      line > copyLength ? line - copyLength : null,
    );
    const line = failure.line === null ? undefined : payload.split('\n')[failure.line - 1];
    // A copy that cannot be loaded, or a table that is not available, tells nothing of the payload.
    return line === undefined || line.startsWith('*')
      ? { kind: 'impossible', reason: apart.failure.message }
      : { kind: 'refused', failure };
  };
}
