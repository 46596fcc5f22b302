// What nft made in the tables of iptables: iptables-save prints none of it.
import type { TableNote } from '../../iptables/ruleset.ts';
import { isAlwaysEdited, listTable, nftFamilies, summaryOf } from '../../iptables/table-notes.ts';
import { type Family, families, familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { mappingsOf } from '../host.ts';
import { affected } from '../mappings.ts';

export const nftInTables: Check = {
  code: 'nft-in-tables',
  find: (facts) =>
    families.flatMap((family) =>
      notesOf(facts, family).map((note) => foundOf(note, family, facts)),
    ),
};

function notesOf(facts: Facts, family: Family): readonly TableNote[] {
  const flagged = known(facts.tableFlags[family]) ?? [];
  return [
    ...(known(facts.rules[family])?.notes ?? []),
    ...flagged.map((table): TableNote => ({ kind: 'flagged', table })),
  ];
}

function foundOf(note: TableNote, family: Family, facts: Facts): Found {
  const { kind, table } = note;
  const suffering = mappingsOf(facts, family);
  const isBroken = decides(note) && suffering.length > 0;
  return {
    severity: isBroken ? 'error' : 'warning',
    message: `${familyNames[family]} ${summaryOf(note)}`,
    reason: reasons[kind],
    affected: isBroken ? suffering.map(affected) : [],
    commands: [listTable(table, family)],
    note:
      kind === 'flagged'
        ? `a dormant table is active again after: nft add table ${nftFamilies[family]} ${table}`
        : 'move what nft made there to a table of its own',
  };
}

/** Whether no mapping can work there. A jump from mangle is needed for restrictions alone. */
function decides({ kind, table }: TableNote): boolean {
  return kind === 'flagged' || (kind === 'name-taken' && isAlwaysEdited(table));
}

const reasons: Readonly<Record<TableNote['kind'], string>> = {
  incompatible:
    'These rules decide on packets too. natmap can neither show nor edit the table, and exits with an error as soon as its rules are to stand there.',
  'base-chains':
    'What they drop stays dropped, whatever natmap accepts, and iptables-save and natmap do not show them.',
  'name-taken':
    'The rules of natmap that have to stand in this chain cannot be loaded: natmap apply exits with an error.',
  flagged:
    'The kernel passes packets by a dormant table without looking at its rules, and takes no changes to a table that another program owns.',
};
