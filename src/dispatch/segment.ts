// A chain as a row of trees: between them stand the rules that no block can hold and that must not be copied,
// such as those with matches that natmap does not know.
import type { WantedChain, WantedRule } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { segmentChain, segmentRule } from './block.ts';
import { type PlacedRule, placeRule } from './placement.ts';
import { growTree, type Tree, type TreeChain } from './tree.ts';

/** A row of trees is worth its jumps from so many rules each. */
const shortestSegment = 64;

export function growSegments<O>({ name, rules }: WantedChain<O>, family: Family): Tree<O> {
  const placed = rules.map((rule) => placeRule(rule, family));
  const segments = segmentsOf(placed);
  const chains: TreeChain<O>[] = [];
  const specs = segments.flatMap((segment, index): readonly WantedRule<O | null>[] => {
    const list = segment.map(({ rule }) => rule);
    const isLast = index === segments.length - 1;
    if (segment.length < shortestSegment) return list;
    if (isLast) {
      const tree = growTree(name, segment, family);
      chains.push(...tree.chains);
      return tree.rules;
    }
    // What leaves a chain of its own comes back to this one, and not to the one before.
    if (segment.some(({ mayReturn }) => mayReturn)) return list;
    const own = segmentChain(name, index + 1);
    const tree = growTree(own, segment, family);
    chains.push({ name: own, rules: tree.rules }, ...tree.chains);
    return [{ spec: segmentRule(own), verbatim: false, origin: null }];
  });
  return { rules: specs, chains };
}

/** Rules that stay where they are make segments of their own. */
function segmentsOf<O>(rules: readonly PlacedRule<O>[]): readonly (readonly PlacedRule<O>[])[] {
  const segments: PlacedRule<O>[][] = [];
  let open: PlacedRule<O>[] | null = null;
  for (const rule of rules) {
    const staysPut = rule.isEverywhere && (rule.isSingle || open === null);
    if (staysPut) {
      segments.push([rule]);
      open = null;
      continue;
    }
    if (open === null) {
      open = [];
      segments.push(open);
    }
    open.push(rule);
  }
  return segments;
}
