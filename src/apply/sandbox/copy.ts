// The live rules as far as a payload can tell them from others, for a network namespace that holds
// nothing else of the host.
import { neededObject } from '../../iptables/host-objects.ts';
import { findTable, type Ruleset, type Table } from '../../iptables/ruleset.ts';
import type { Family } from '../../net/family.ts';
import { play, type TableEdit } from '../../plan/operation.ts';
import { emptyTable, type Plan } from '../../plan/plan.ts';
import { StandIns } from './placeholder-rules.ts';
import { addedRules, copyTable } from './sandbox-table.ts';

export interface Copy {
  /** The tables to load first; the payload makes the others. */
  readonly before: Ruleset;
  /** The plan's, with other numbers and with stand-ins for some rules: line for line the same payload. */
  readonly edits: readonly TableEdit[];
  /** The tables edited, as iptables-save prints them after both. */
  readonly after: Ruleset;
  readonly leftOut: readonly LeftOut[];
}

/** A new rule that only the host itself can take. */
export interface LeftOut {
  readonly family: Family;
  readonly chain: string;
  readonly spec: string;
  /** What it needs of the host, as in `an ipset`. */
  readonly needs: string;
}

export function copyTouched({ before: live, edits }: Plan): Copy {
  const { family } = live;
  const standIns = new StandIns(family);
  const copies = edits.map((edit) => {
    const table = findTable(live, edit.table) ?? emptyTable(edit.table);
    return copyTable(table, edit.operations, standIns);
  });
  const isLive = ({ name }: Table) => findTable(live, name) !== undefined;
  return {
    before: { family, tables: copies.map(({ table }) => table).filter(isLive) },
    edits: copies.map(({ table, operations }) => ({ table: table.name, operations })),
    after: { family, tables: copies.map(({ table, operations }) => play(table, operations)) },
    leftOut: edits.flatMap((edit) => leftOutOf(edit, family)),
  };
}

function leftOutOf({ operations }: TableEdit, family: Family): readonly LeftOut[] {
  return operations.flatMap((operation) =>
    addedRules(operation).flatMap(({ spec }) => {
      const needs = neededObject(spec);
      return needs === null ? [] : [{ family, chain: operation.chain, spec, needs }];
    }),
  );
}
