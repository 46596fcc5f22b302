// Unified diffs of rule sets, and their summary in words.
import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk } from 'diff';
import { visible } from '../diagnostic/visible.ts';
import { comparableLines } from '../iptables/print.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { Family } from '../net/family.ts';
import { type Change, diffLines } from '../plan/line-diff.ts';
import { countsInWords, isDispatchLine, type RuleCounts } from './dispatch-lines.ts';
import type { Style } from './style.ts';

/** What changes in one family. */
export interface FamilyDiff {
  readonly family: Family;
  readonly changes: readonly Change[];
}

/** Lines of context around a change, as in diff(1). */
const context = 3;

/** Compares without counters and `#` lines. */
export function diffRulesets(before: Ruleset, after: Ruleset): FamilyDiff {
  const changes = diffLines(comparableLines(before), comparableLines(after));
  return { family: before.family, changes };
}

export function isUnchanged({ changes }: FamilyDiff): boolean {
  return changes.every(({ kind }) => kind === 'same');
}

/** The unified diff of a family that changes. */
export function formatUnified(diff: FamilyDiff, style: Style): string {
  const text = formatPatch(
    {
      oldFileName: `${diff.family} live`,
      newFileName: `${diff.family} after apply`,
      oldHeader: undefined,
      newHeader: undefined,
      hunks: hunksOf(diff.changes),
    },
    FILE_HEADERS_ONLY,
  );
  return text
    .split('\n')
    .map((line) => paintLine(visible(line), style))
    .join('\n');
}

/** `ipv4: 3 rules added, 1 removed; ipv6: no changes` */
export function summarize(diffs: readonly FamilyDiff[]): string {
  return diffs.map((diff) => `${diff.family}: ${summarizeFamily(diff)}`).join('; ');
}

function summarizeFamily(diff: FamilyDiff): string {
  if (isUnchanged(diff)) return 'no changes';
  const { rules, dispatch } = countRules(diff);
  const parts = [countsInWords(rules, 'rule'), countsInWords(dispatch, 'dispatch rule')];
  return parts.filter((part) => part !== null).join(', ') || 'no rules, only chains or tables';
}

/** Rules that come and go; those that only lead to the chains of dispatch trees by themselves. */
export function countRules({ changes }: FamilyDiff): { rules: RuleCounts; dispatch: RuleCounts } {
  const rules = { added: 0, removed: 0 };
  const dispatch = { added: 0, removed: 0 };
  for (const { kind, lines } of changes) {
    if (kind === 'same') continue;
    for (const line of lines) {
      if (line.startsWith('-A ')) (isDispatchLine(line) ? dispatch : rules)[kind] += 1;
    }
  }
  return { rules, dispatch };
}

function hunksOf(changes: readonly Change[]): StructuredPatchHunk[] {
  const hunks: StructuredPatchHunk[] = [];
  let hunk: StructuredPatchHunk | null = null;
  let [oldLine, newLine] = [1, 1];
  changes.forEach(({ kind, lines }, index) => {
    if (kind === 'same') {
      const isLast = index === changes.length - 1;
      if (hunk !== null) {
        const closes = isLast || lines.length > 2 * context;
        append(hunk, ' ', closes ? lines.slice(0, context) : lines);
        if (closes) hunk = null;
      }
      oldLine += lines.length;
      newLine += lines.length;
      return;
    }
    if (hunk === null) {
      const previous = changes[index - 1]?.lines.slice(-context) ?? [];
      hunk = {
        oldStart: oldLine - previous.length,
        newStart: newLine - previous.length,
        oldLines: 0,
        newLines: 0,
        lines: [],
      };
      hunks.push(hunk);
      append(hunk, ' ', previous);
    }
    append(hunk, kind === 'added' ? '+' : '-', lines);
    if (kind === 'removed') oldLine += lines.length;
    else newLine += lines.length;
  });
  return hunks;
}

function append(hunk: StructuredPatchHunk, mark: ' ' | '+' | '-', lines: readonly string[]): void {
  for (const line of lines) hunk.lines.push(mark + line);
  if (mark !== '+') hunk.oldLines += lines.length;
  if (mark !== '-') hunk.newLines += lines.length;
}

function paintLine(line: string, style: Style): string {
  if (line.startsWith('---') || line.startsWith('+++')) return style('bold', line);
  if (line.startsWith('@@')) return style('cyan', line);
  if (line.startsWith('+')) return style('green', line);
  return line.startsWith('-') ? style('red', line) : line;
}
