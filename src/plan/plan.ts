// (live, goal) to the edits and to the exact state after them.
import {
  newBuiltinChains,
  newestOrder,
  orderTables,
  type PrintOrder,
  printOrder,
} from '../iptables/print-order.ts';
import { type Backend, findTable, type Ruleset, type Table } from '../iptables/ruleset.ts';
import { wantedTables } from '../iptables/wanted.ts';
import { editTable } from './edit.ts';
import type { Goal, JumpMove } from './goal.ts';
import { play, type TableEdit } from './operation.ts';
import { ownedLines } from './owned-part.ts';

/** What will be done to one family, and what iptables-save prints then. */
export interface Plan {
  readonly before: Ruleset;
  readonly after: Ruleset;
  /** Empty when nothing is to be done. */
  readonly edits: readonly TableEdit[];
  /** Jumps among the edits that go first again. */
  readonly moves: readonly JumpMove[];
}

/** The tables that natmap fills come first, in the order that leaves nothing open in between. */
const order: readonly string[] = [...wantedTables, 'raw', 'security'];

export function makePlan(before: Ruleset, goal: Goal, backend: Backend): Plan {
  const printed = printOrder(backend, before.printer);
  const created = order
    .filter((name) => goal.tables.includes(name) && findTable(before, name) === undefined)
    .map((name) => emptyTable(name, printed));
  const live = [...before.tables, ...created].sort(
    (a, b) => order.indexOf(a.name) - order.indexOf(b.name),
  );
  const version = before.printer?.version ?? null;
  const tools = { backend, family: before.family, version };
  const edits = live
    .map((table): TableEdit => ({ table: table.name, operations: editTable(table, goal, tools) }))
    .filter(({ operations }) => operations.length > 0);
  const edited = (table: Table): Table => {
    const edit = edits.find((each) => each.table === table.name);
    return edit === undefined ? table : play(table, edit.operations, printed);
  };
  const tables = orderTables(printed, before.tables.map(edited), created.map(edited));
  return { before, after: { ...before, tables }, edits, moves: goal.moves?.(before) ?? [] };
}

/** The lines of natmap's part that are there once the plan is carried out: see {@link Goal.expected}. */
export function expectedLines({ before, after }: Plan, goal: Goal): readonly string[] {
  return goal.expected?.(before) ?? ownedLines(after);
}

/** A table as it is born. */
export function emptyTable(name: string, order: PrintOrder = newestOrder): Table {
  return {
    name,
    chains: newBuiltinChains(name, order).map((chain) => ({
      name: chain,
      policy: 'ACCEPT',
      counters: { packets: '0', bytes: '0' },
      rules: [],
    })),
  };
}
