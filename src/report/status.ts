// The status of both families, for people and as JSON (`natmap.status/v1`, docs/status.md).
import { visible, visibleJson } from '../diagnostic/visible.ts';
import type { FamilyStatus, MappingState, MappingStatus } from '../status/status.ts';
import { plural } from './diagnostics.ts';
import type { Paint, Style } from './style.ts';
import { type Column, formatTable } from './table.ts';

export interface StatusLayout {
  /** Columns of the terminal, or null where there is none. */
  readonly width: number | null;
  /** Lines of a list that are shown; the rest is counted. */
  readonly listed: number;
  readonly style: Style;
}

export function formatStatus(
  families: readonly FamilyStatus[],
  { width, listed, style }: StatusLayout,
): string {
  const rows = families.flatMap(({ mappings }) => mappings);
  const sharing = rows.some(({ rules }) => rules.shared > 0);
  return [
    rows.length === 0 ? '' : formatTable(columns, rows, width, style),
    sharing ? '* counts of rules that it shares with other mappings are in it\n' : '',
    ...families.map((each) => formatLists(each, listed)),
  ].join('');
}

/** `ipv4: 12 mappings, in sync; ipv6: 3 mappings, 1 missing, 2 extra lines` */
export function summarizeStatus(families: readonly FamilyStatus[]): string {
  return families.map((each) => `${each.family}: ${summarizeFamily(each)}`).join('; ');
}

export function statusJson(families: readonly FamilyStatus[]): string {
  const content = {
    schema: 'natmap.status/v1',
    inSync: families.every(({ isInSync }) => isInSync),
    families: families.map(({ family, isInSync: inSync, mappings, missing, extra }) => ({
      family,
      inSync,
      mappings: mappings.map(mappingJson),
      missing,
      extra,
    })),
  };
  return visibleJson(content);
}

const paints: Readonly<Record<MappingState, Paint>> = {
  live: 'green',
  'partly live': 'yellow',
  missing: 'red',
  'no rules': 'dim',
};

const columns: readonly Column<MappingStatus>[] = [
  {
    heading: 'STATE',
    align: 'left',
    cut: 'never',
    cell: ({ state }) => state,
    paint: ({ state }) => paints[state],
  },
  {
    heading: 'PACKETS',
    align: 'right',
    cut: 'never',
    cell: ({ count, rules }) => starred(count?.packets, rules.shared),
  },
  {
    heading: 'BYTES',
    align: 'right',
    cut: 'never',
    cell: ({ count, rules }) => starred(count?.bytes, rules.shared),
  },
  { heading: 'MAPPING', align: 'left', cut: 'end', cell: ({ maps }) => maps },
  { heading: 'LABEL', align: 'left', cut: 'end', cell: ({ label }) => label ?? '' },
  { heading: 'AT', align: 'left', cut: 'start', cell: ({ file, line }) => `${file}:${line}` },
];

function starred(count: bigint | undefined, shared: number): string {
  const text = count === undefined ? '-' : shortCount(count);
  return shared > 0 ? `${text}*` : text;
}

/** As `iptables -L -v` prints it (xtables_print_num): whole up to 99999, then in K, M, G or T of 1000. */
export function shortCount(count: bigint): string {
  let rest = count;
  let unit = '';
  for (const next of ['K', 'M', 'G', 'T']) {
    if (rest <= (unit === '' ? 99_999n : 9_999n)) break;
    rest = (rest + 500n) / 1000n;
    unit = next;
  }
  return `${rest}${unit}`;
}

function formatLists({ family, missing, extra }: FamilyStatus, listed: number): string {
  return (
    formatList(`${family}: missing beside the mappings`, missing, listed) +
    formatList(`${family}: natmap's, and not in the desired state`, extra, listed)
  );
}

function formatList(heading: string, lines: readonly string[], listed: number): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, listed).map((line) => `  ${visible(line)}\n`);
  const more = lines.length - shown.length;
  const rest = more > 0 ? `  … and ${more} more (-v shows all)\n` : '';
  return `${heading} (${lines.length}):\n${shown.join('')}${rest}`;
}

function summarizeFamily({ isInSync, mappings, missing, extra }: FamilyStatus): string {
  const count = plural(mappings.length, 'mapping');
  if (isInSync) return `${count}, in sync`;
  const inState = (state: MappingState) => mappings.filter((each) => each.state === state).length;
  const faults = [
    `${inState('missing')} missing`,
    `${inState('partly live')} partly live`,
    `${plural(missing.length, 'other rule')} missing`,
    plural(extra.length, 'extra line'),
  ].filter((fault) => !fault.startsWith('0 '));
  return [count, ...(faults.length === 0 ? ['in another order'] : faults)].join(', ');
}

function mappingJson({ kind, maps, label, file, line, state, rules, count }: MappingStatus) {
  return {
    kind,
    maps,
    label,
    file,
    line,
    state,
    // 64 bits: as numbers, readers that know only doubles would round them.
    packets: count?.packets.toString() ?? null,
    bytes: count?.bytes.toString() ?? null,
    rules,
  };
}
