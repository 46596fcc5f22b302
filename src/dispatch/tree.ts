// The rules of one chain as a tree of chains, each with few rules.
import type { WantedRule } from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import { blockChain, dispatchRule } from './block.ts';
import { type SplitDimension, splitDimensions } from './key.ts';
import type { PlacedRule } from './placement.ts';
import { type Block, leafRules, type Split, splitBlock, wholeBlock } from './split.ts';

/** The copies that a chain may come to, for each rule of it. */
const mostCopies = 2;

/**
 * Chains one behind the other. The kernel takes 16 (NFT_JUMP_STACK_SIZE), and the rules that lead to
 * natmap's chain, as those in the leaves, may be jumps as well.
 */
const deepest = 8;

export interface Tree<O> {
  /** The rules in place of those of the chain. */
  readonly rules: readonly WantedRule<O | null>[];
  readonly chains: readonly TreeChain<O>[];
}

export interface TreeChain<O> {
  readonly name: string;
  readonly rules: readonly WantedRule<O | null>[];
}

/** @param root the chain, after which those of the tree are named */
export function growTree<O>(
  root: string,
  rules: readonly PlacedRule<O>[],
  family: Family,
): Tree<O> {
  const chains: TreeChain<O>[] = [];
  /** @param budget rules that may come of these, copies included */
  const grow = (
    { rules: here, block, depth }: Node<O>,
    dimensions: readonly SplitDimension[],
    budget: number,
  ): WantedRule<O | null>[] => {
    const chosen = depth < deepest ? chooseSplit(here, block, dimensions, budget) : null;
    if (chosen === null) return here.map(({ rule }) => rule);
    const { dimension, children, rest } = chosen;
    const share = budget / countOf(chosen);
    const jumps = children.map((child): WantedRule<null> => {
      const name = blockChain(root, child.block);
      const node = { ...child, depth: depth + 1 };
      const at = chains.push({ name, rules: [] }) - 1;
      chains[at] = { name, rules: grow(node, splitDimensions, share * child.rules.length) };
      const spec = dispatchRule(dimension, child.block[dimension], name, family);
      return { spec, verbatim: false, origin: null };
    });
    const others = dimensions.filter((each) => each !== dimension);
    return [...jumps, ...grow({ rules: rest, block, depth }, others, share * rest.length)];
  };
  const whole = { rules, block: wholeBlock, depth: 0 };
  return { rules: grow(whole, splitDimensions, mostCopies * rules.length), chains };
}

interface Node<O> {
  readonly rules: readonly PlacedRule<O>[];
  readonly block: Block;
  readonly depth: number;
}

type Chosen<O> = Split<O> & { readonly dimension: SplitDimension };

function chooseSplit<O>(
  rules: readonly PlacedRule<O>[],
  block: Block,
  dimensions: readonly SplitDimension[],
  budget: number,
): Chosen<O> | null {
  if (rules.length <= leafRules) return null;
  for (const dimension of dimensions) {
    const split = firstSplit(rules, block, dimension);
    if (split !== null && countOf(split) <= budget) return { ...split, dimension };
  }
  return null;
}

/**
 * Where all rules are in one block, the first split within it. Only an address keeps a level of its own, so
 * that all other chains stay as they are when a second address comes.
 */
function firstSplit<O>(
  rules: readonly PlacedRule<O>[],
  block: Block,
  dimension: SplitDimension,
): Split<O> | null {
  const split = splitBlock(rules, block, dimension);
  const [only, ...others] = split?.children ?? [];
  if (split === null || only === undefined || others.length > 0) return split;
  if (dimension === 'destination' || split.rest.length > 0) return split;
  return firstSplit(rules, only.block, dimension);
}

function countOf({ children, rest }: Split<unknown>): number {
  return children.reduce((sum, child) => sum + child.rules.length, rest.length);
}
