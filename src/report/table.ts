// Rows as a table that fits the terminal.
import { visible } from '../diagnostic/visible.ts';
import type { Paint, Style } from './style.ts';
import { cutText, textWidth } from './width.ts';

export interface Column<R> {
  readonly heading: string;
  readonly align: 'left' | 'right';
  /** Which part of a cell goes when the terminal is too narrow; `never` keeps the column whole. */
  readonly cut: 'start' | 'end' | 'never';
  cell(row: R): string;
  paint?(row: R): Paint;
}

const gap = '  ';

/** What a column that may be cut keeps at the least. */
const leastWidth = 10;

/** @param width columns of the terminal; null where there is none, and nothing is cut */
export function formatTable<R>(
  all: readonly Column<R>[],
  rows: readonly R[],
  width: number | null,
  style: Style,
): string {
  const cells = rows.map((row) => all.map((column) => visible(column.cell(row))));
  const natural = naturalWidths(all, cells);
  const columns = all.slice(0, fittingCount(all, natural, width));
  const widths = fittingWidths(columns, natural.slice(0, columns.length), width);
  const lines = cells.map((texts, index) =>
    joinCells(columns, texts, widths, (column, text) => {
      const row = rows[index];
      const paint = row === undefined ? undefined : column.paint?.(row);
      return paint === undefined ? text : style(paint, text);
    }),
  );
  const headings = columns.map(({ heading }) => heading);
  const head = joinCells(columns, headings, widths, (_, text) => style('bold', text));
  return [head, ...lines].map((line) => `${line}\n`).join('');
}

/** Where there is no room even for what each column keeps at the least, the last ones are left out. */
function fittingCount<R>(
  columns: readonly Column<R>[],
  natural: readonly number[],
  width: number | null,
): number {
  const least = natural.map((each, index) =>
    columns[index]?.cut === 'never' ? each : Math.min(each, leastWidth),
  );
  let count = columns.length;
  while (width !== null && count > 1 && totalWidth(least.slice(0, count)) > width) count -= 1;
  return count;
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1));
}

function naturalWidths<R>(
  columns: readonly Column<R>[],
  cells: readonly (readonly string[])[],
): number[] {
  return columns.map(({ heading }, index) =>
    cells.reduce((most, texts) => Math.max(most, textWidth(texts[index] ?? '')), heading.length),
  );
}

/** The last column that may be cut gives way first, so that the first stays readable longest. */
function fittingWidths<R>(
  columns: readonly Column<R>[],
  natural: readonly number[],
  width: number | null,
): readonly number[] {
  let excess = width === null ? 0 : Math.max(0, totalWidth(natural) - width);
  const fitting = natural.toReversed().map((each, index) => {
    if (columns.at(-1 - index)?.cut === 'never') return each;
    const given = Math.min(excess, Math.max(0, each - leastWidth));
    excess -= given;
    return each - given;
  });
  return fitting.reverse();
}

function joinCells<R>(
  columns: readonly Column<R>[],
  texts: readonly string[],
  widths: readonly number[],
  paint: (column: Column<R>, text: string) => string,
): string {
  const cells = columns.map((column, index) => {
    const text = texts[index] ?? '';
    const width = widths[index] ?? 0;
    const shown = column.cut === 'never' ? text : cutText(text, width, column.cut);
    const padding = ' '.repeat(Math.max(0, width - textWidth(shown)));
    const isLast = index === columns.length - 1;
    if (column.align === 'right') return padding + paint(column, shown);
    return paint(column, shown) + (isLast ? '' : padding);
  });
  return cells.join(gap);
}
