// The edits that a plan is made of. Each is one or several lines of a payload, and each can be
// played on the model: what the plan promises is the model after all of them.
import type { Chain, Rule, Table } from '../iptables/ruleset.ts';
import { compareChains } from '../iptables/ruleset.ts';

export type Operation =
  /** Makes a chain of ours, or empties it, and fills it. */
  | { readonly kind: 'fill'; readonly chain: string; readonly rules: readonly Rule[] }
  /** Removes a chain that nothing leads to any more, with its rules. */
  | { readonly kind: 'remove-chain'; readonly chain: string }
  /** Makes a chain that is not ours and fails where it exists: a header would empty it. */
  | { readonly kind: 'new-chain'; readonly chain: string }
  /** Removes the first rule of this text. By text and never by number: a number may have moved. */
  | { readonly kind: 'delete'; readonly chain: string; readonly spec: string }
  /** Inserts a rule so that it becomes the one at `index`, counted from 0. */
  | {
      readonly kind: 'insert';
      readonly chain: string;
      readonly index: number;
      readonly rule: Rule;
    };

/** The operations on one table, in an order in which they can be carried out. */
export interface TableEdit {
  readonly table: string;
  readonly operations: readonly Operation[];
}

/**
 * The table after the operations.
 *
 * @throws Error when an operation cannot be carried out, which is a fault of the planner
 */
export function play(table: Table, operations: readonly Operation[]): Table {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  for (const operation of operations) playOne(chains, operation);
  const compare = compareChains(table.name);
  return { ...table, chains: [...chains.values()].sort((a, b) => compare(a.name, b.name)) };
}

function playOne(chains: Map<string, Chain>, operation: Operation): void {
  const { chain: name } = operation;
  const chain = chains.get(name);
  switch (operation.kind) {
    case 'fill':
      chains.set(name, { ...emptyChain(name), rules: operation.rules });
      return;
    case 'new-chain':
      if (chain !== undefined) throw new Error(`chain ${name} exists`);
      chains.set(name, emptyChain(name));
      return;
    case 'remove-chain':
      if (!chains.delete(name)) throw new Error(`chain ${name} does not exist`);
      return;
    case 'delete':
      chains.set(name, deleteRule(chain, operation.spec));
      return;
    case 'insert':
      chains.set(name, insertRule(chain, operation.index, operation.rule));
  }
}

function emptyChain(name: string): Chain {
  return { name, policy: '-', counters: { packets: '0', bytes: '0' }, rules: [] };
}

function deleteRule(chain: Chain | undefined, spec: string): Chain {
  const index = chain?.rules.findIndex((rule) => rule.spec === spec) ?? -1;
  if (chain === undefined || index < 0) throw new Error(`there is no rule ${spec}`);
  return { ...chain, rules: chain.rules.toSpliced(index, 1) };
}

function insertRule(chain: Chain | undefined, index: number, rule: Rule): Chain {
  if (chain === undefined || index > chain.rules.length)
    throw new Error(`no place for ${rule.spec}`);
  return { ...chain, rules: chain.rules.toSpliced(index, 0, rule) };
}
