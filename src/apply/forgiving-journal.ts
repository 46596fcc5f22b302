// A record as far as the disk takes it, for who has to go back whether there is a record or not.
import { Fault } from '../diagnostic/fault.ts';
import type { Journal } from './history.ts';

/** The journal, without the faults of making a record: after the first, none is made. */
export function forgiving(journal: Journal): Journal {
  let isLost = false;
  const forgive = <T>(step: () => T, otherwise: T): T => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      isLost = true;
      return otherwise;
    }
  };
  const write = <T>(step: () => T, otherwise: T): T =>
    isLost ? otherwise : forgive(step, otherwise);
  return {
    begin: (before) => write(() => journal.begin(before), undefined),
    intend: (summary, files) => write(() => journal.intend(summary, files), undefined),
    commit: () => {
      const number = write(() => journal.commit(), 0);
      // What is there of it is no apply that was interrupted.
      if (isLost) forgive(() => journal.abandon(), undefined);
      return number;
    },
    abandon: () => journal.abandon(),
    leave: (payloads) => journal.leave(payloads),
  };
}
