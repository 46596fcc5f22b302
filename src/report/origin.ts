// Where the rules of a diff come from.
import { visible } from '../diagnostic/visible.ts';
import { ruleFacts } from '../iptables/owned.ts';
import type { ChangedLine } from './changed-lines.ts';
import type { FamilyDiff } from './unified.ts';

/** The entry that asked for a rule. */
export interface RuleSource {
  readonly file: string;
  readonly line: number;
  /** The author's label, or null. */
  readonly name: string | null;
}

/** Tells the entry that asks for a rule; null when it is natmap's own, or nobody asks any more. */
export type FindSource = (table: string, chain: string, spec: string) => RuleSource | null;

/** `rules.d/10-mail.yaml:4 mail` */
export function formatRuleSource({ file, line, name }: RuleSource): string {
  return `${file}:${line}${name === null ? '' : ` ${name}`}`;
}

/** natmap's comment in a rule: all that tells of the entry of a rule that goes. */
export function natmapComment(spec: string): string | null {
  if (!spec.includes('natmap:')) return null;
  return ruleFacts(spec).comments.find((comment) => comment.startsWith('natmap:')) ?? null;
}

/**
 * The diff with a remark behind each rule: `# rules.d/10-mail.yaml:4 mail`. It is no patch any more.
 *
 * @param lines the changed lines of the diff
 */
export function withSources(
  diff: FamilyDiff,
  lines: readonly ChangedLine[],
  sourceOf: FindSource,
): FamilyDiff {
  const changed = lines.values();
  const changes = diff.changes.map((change) => {
    if (change.kind === 'same') return change;
    const remarked = change.lines.map((line) => {
      const note = remark(changed.next().value, sourceOf);
      return note === null ? line : `${line}  # ${visible(note)}`;
    });
    return { ...change, lines: remarked };
  });
  return { ...diff, changes };
}

function remark(changed: ChangedLine | undefined, sourceOf: FindSource): string | null {
  const { kind, table, chain, rule } = changed ?? { rule: null };
  if (kind === undefined || chain === null || rule === null) return null;
  const source = kind === 'added' ? sourceOf(table, chain, rule.spec) : null;
  if (source !== null) return formatRuleSource(source);
  return natmapComment(rule.spec) ?? 'natmap itself';
}
