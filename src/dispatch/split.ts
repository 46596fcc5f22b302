// Rules parted by the next digit of one dimension.
import { clipSpan, commonPrefix, type Extent, type SplitDimension } from './key.ts';
import type { PlacedRule } from './placement.ts';

/** The part of all packets that a chain decides on: a prefix of the key in each dimension. */
export type Block = Readonly<Record<SplitDimension, string>>;

export const wholeBlock: Block = { destination: '', port: '', source: '' };

export interface Split<O> {
  readonly children: readonly {
    readonly block: Block;
    readonly rules: readonly PlacedRule<O>[];
  }[];
  /** Rules that packets may match which are in none of these blocks. */
  readonly rest: readonly PlacedRule<O>[];
}

/** Rules of a chain that is split no further. */
export const leafRules = 32;

/**
 * A child is made for each next digit for which some rule counts there and nowhere else: its block has that
 * one digit more where these rules make a leaf, so that another rule of the block changes nothing else, and
 * all digits that they have in common otherwise. A rule of several digits stands in each child that it meets,
 * and in the rest.
 *
 * @returns null when too few rules are of one digit, or a rule would be copied that must not be
 */
export function splitBlock<O>(
  rules: readonly PlacedRule<O>[],
  block: Block,
  dimension: SplitDimension,
): Split<O> | null {
  const prefix = block[dimension];
  const common = new Map<string, { readonly hull: string; readonly count: number }>();
  const digits = rules.map((rule) => {
    const hull = hullIn(rule.extents[dimension], prefix);
    const digit = hull?.[prefix.length];
    // Where the hull is as wide as the block, it has no digit of its own.
    if (hull === null || digit === undefined) return null;
    const known = common.get(digit) ?? { hull, count: 0 };
    common.set(digit, { hull: commonPrefix(known.hull, hull), count: known.count + 1 });
    return digit;
  });
  const wide = rules.filter((_, index) => digits[index] === null);
  if (common.size === 0 || wide.length > rules.length / 2) return null;
  const children = [...common]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([digit, { hull, count }]) => {
      const own = count > leafRules ? hull : `${prefix}${digit}`;
      return {
        digit,
        block: { ...block, [dimension]: own },
        prefix: own,
        rules: [] as PlacedRule<O>[],
      };
    });
  const byDigit = new Map(children.map((child) => [child.digit, child]));
  for (const [index, rule] of rules.entries()) {
    const digit = digits[index] ?? null;
    if (digit !== null) byDigit.get(digit)?.rules.push(rule);
    else if (rule.isSingle) return null;
    else {
      for (const child of children) {
        if (meets(rule.extents[dimension], child.prefix)) child.rules.push(rule);
      }
    }
  }
  return { children, rest: wide };
}

function meets({ spans }: Extent, prefix: string): boolean {
  return spans.some((span) => clipSpan(span, prefix) !== null);
}

/**
 * The longest prefix of all keys of the extent in the block of `prefix`; null where the extent meets packets
 * without a key, or none.
 */
function hullIn({ spans, isElsewhere }: Extent, prefix: string): string | null {
  if (isElsewhere && prefix === '') return null;
  let hull: string | null = null;
  for (const span of spans) {
    const clipped = clipSpan(span, prefix);
    if (clipped === null) continue;
    const own = commonPrefix(clipped.first, clipped.last);
    hull = hull === null ? own : commonPrefix(hull, own);
  }
  return hull;
}
