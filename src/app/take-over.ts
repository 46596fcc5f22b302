// apply and flush --take-over: rules that natmap owns by name only are shown before any of them is removed.
import { chainsOnRecord } from '../apply/chains-on-record.ts';
import { visible } from '../diagnostic/visible.ts';
import { programNames } from '../net/family.ts';
import type { Plan } from '../plan/plan.ts';
import { rulesToTakeOver } from '../plan/take-over.ts';
import { plural } from '../report/diagnostics.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';

/** Rules that are listed; a host may have thousands in a chain named NATMAP. */
const mostShown = 20;

/**
 * What these plans would remove though natmap cannot have made it, for people; null when there is nothing.
 *
 * @param stateDir where the record is, or null when that of this host says nothing about the plans
 */
export function takeOverObjection(plans: readonly Plan[], stateDir: string | null): string | null {
  const lines = plans.flatMap((plan) => {
    const { family } = plan.before;
    const known = stateDir === null ? new Set() : chainsOnRecord(stateDir, family);
    return rulesToTakeOver(plan, (table, chain) => known.has(`${table} ${chain}`)).map(
      (line) => `  ${programNames[family]} -t ${visible(line)}`,
    );
  });
  if (lines.length === 0) return null;
  const more = lines.length - mostShown;
  return [
    `${plural(lines.length, 'rule')} with natmap's name that natmap cannot have made would be removed:`,
    ...lines.slice(0, mostShown),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].join('\n');
}

/**
 * @param objection see {@link takeOverObjection}
 * @throws Stop when there is one
 */
export function refuseToTakeOver(objection: string | null): void {
  if (objection === null) return;
  throw new Stop(
    exitCode.badInput,
    `${objection}\nnothing was changed`,
    'rename the chain or the comment to keep them, or remove them with --take-over',
  );
}

/** For commands that show what an apply would do. */
export function warnOfTakeOver(plans: readonly Plan[], console: Console): void {
  const objection = takeOverObjection(plans, null);
  if (objection === null) return;
  console.note(
    `warning: ${objection}\napply needs --take-over, unless the record of the host has the chain`,
  );
}
