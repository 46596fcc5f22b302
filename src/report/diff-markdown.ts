// `natmap diff` as a comment on a merge request: first in words what becomes reachable and what stops
// being, then the diff of each family, folded.
import type { ReachabilityChange } from '../analysis/reachability-diff.ts';
import { plural } from './diagnostics.ts';
import type { DiffReport, FamilyReport } from './diff-report.ts';
import { countsInWords, withoutDispatch } from './dispatch-lines.ts';
import { type Block, bytesOf, fitBlocks, wholeBlock } from './fit.ts';
import { moveInWords } from './jump-moves.ts';
import { codeSpan, fenceOf } from './markdown.ts';
import { formatRuleSource, natmapComment, withSources } from './origin.ts';
import { changeInWords } from './reachability.ts';
import { createStyle } from './style.ts';
import { countRules, formatUnified, isUnchanged, summarize } from './unified.ts';

/** @param maxBytes of UTF-8, at least 2,000 for the head and the note on what is cut */
export function diffMarkdown(report: DiffReport, maxBytes: number): string {
  const blocks = [
    ...reachBlocks(report, maxBytes),
    ...report.families.flatMap((family) => diffBlocks(family, maxBytes)),
  ];
  const head = [...headOf(report), ...report.families.flatMap(moveLines)];
  const whole = [...head, ...blocks.flatMap(wholeBlock)];
  if (bytesOf(whole) <= maxBytes) return textOf(whole);
  const { lines, cut } = fitBlocks(blocks, maxBytes - bytesOf([...head, noteOn(1e9, maxBytes)]));
  return textOf([...head, ...lines, noteOn(cut, maxBytes)]);
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function noteOn(cut: number, maxBytes: number): string {
  return `**Cut to ${maxBytes} bytes: ${plural(cut, 'line')} less.** All of it: \`natmap diff --origin\` with the same flags, or more of it with \`--max-bytes\`.`;
}

function headOf({ families, digest }: DiffReport): string[] {
  return [
    // By which a pipeline finds its comment again, to write it again.
    '<!-- natmap.diff/v1 -->',
    '### natmap diff',
    '',
    '| family | rules added | rules removed | becomes reachable | stops being reachable |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...families.map(({ diff, reach: { opened, closed } }) => {
      const {
        rules: { added, removed },
      } = countRules(diff);
      return `| ${diff.family} | ${added} | ${removed} | ${opened.length} | ${closed.length} |`;
    }),
    '',
    `Plan ${codeSpan(digest)}: \`natmap apply --expect-digest\` carries out this one and no other.`,
    '',
  ];
}

function moveLines({ diff: { family }, moves }: FamilyReport): string[] {
  return moves.flatMap((move) => [codeSpan(moveInWords(move, family)), '']);
}

function reachBlocks({ families }: DiffReport, maxBytes: number): Block[] {
  const lists = (['opened', 'closed'] as const).map((direction) => ({
    title: { opened: '**Becomes reachable**', closed: '**Stops being reachable**' }[direction],
    lines: families.flatMap((family) =>
      family.reach[direction].map((reach) => reachLine(reach, family)),
    ),
  }));
  const unclear = families.flatMap(({ reach }) => reach.unclear).length;
  const isSilent = unclear === 0 && lists.every(({ lines }) => lines.length === 0);
  const notes = [
    ...(isSilent ? ['No DNAT leads elsewhere than before.'] : []),
    ...(unclear > 0 ? [`${plural(unclear, 'rule')} cannot be put into words: see the diff.`] : []),
  ];
  return [
    ...lists
      .filter(({ lines }) => lines.length > 0)
      .map(({ title, lines }) => ({
        opening: [title, ''],
        lines,
        more: (count: number) => `- … and ${count} more`,
        closing: [''],
        // What stops must not be lost behind thousands that begin, nor the diff behind both.
        most: maxBytes * 0.4,
      })),
    ...notes.map((note) => ({
      opening: [],
      lines: [note, ''],
      more: () => '',
      closing: [],
      most: maxBytes,
    })),
  ];
}

function reachLine(reach: ReachabilityChange, { sourceOf }: FamilyReport): string {
  const { table, chain, spec } = reach.rule;
  const source = sourceOf(table, chain, spec);
  const from = source === null ? natmapComment(spec) : formatRuleSource(source);
  return `- ${codeSpan(changeInWords(reach))}${from === null ? '' : ` by ${codeSpan(from)}`}`;
}

function diffBlocks({ diff, lines: changed, sourceOf }: FamilyReport, maxBytes: number): Block[] {
  if (isUnchanged(diff)) return [];
  const plain = createStyle('never', {}, false);
  const shown = withoutDispatch(withSources(diff, changed, sourceOf));
  const lines = formatUnified(shown, plain).split('\n').slice(0, -1);
  const dispatch = countsInWords(countRules(diff).dispatch, 'dispatch rule');
  const [fence, end] = fenceOf(lines, 'diff');
  return [
    {
      opening: [`<details><summary>${summarize([diff])}</summary>`, '', fence],
      lines,
      more: (count) => `… and ${plural(count, 'more line')}`,
      closing: [
        end,
        ...(dispatch === null
          ? []
          : ['', `Not shown: ${dispatch}, and the chains that they lead to.`]),
        '',
        '</details>',
        '',
      ],
      most: maxBytes,
    },
  ];
}
