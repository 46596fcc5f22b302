// The edits that a plan is made of. Each is one or several lines of a payload, and each can be
// played on the model: what the plan promises is the model after all of them.
import { addChains, newestOrder, type PrintOrder } from '../iptables/print-order.ts';
import type { Chain, Rule, Table } from '../iptables/ruleset.ts';

export type Operation =
  /** Makes a chain of natmap's, or empties it, and fills it. */
  | { readonly kind: 'fill'; readonly chain: string; readonly rules: readonly Rule[] }
  /** Removes a chain that nothing leads to any more, with its rules. */
  | { readonly kind: 'remove-chain'; readonly chain: string }
  /**
   * Removes a chain that is not ours, which this apply made and emptied. It fails where others have put
   * a rule into it meanwhile: to empty it first would lose that rule.
   */
  | { readonly kind: 'remove-empty-chain'; readonly chain: string }
  /** Makes a chain that is not ours and fails where it exists: a header would empty it. */
  | { readonly kind: 'new-chain'; readonly chain: string }
  | RuleOperation;

/** What changes one rule of a chain that is there. */
type RuleOperation =
  /** Removes the first rule of this text: in chains of others, who may have moved it meanwhile. */
  | { readonly kind: 'delete'; readonly chain: string; readonly spec: string }
  /**
   * Removes the rule at `index`, counted from 0: in chains of natmap's, and elsewhere where iptables does
   * not find the rule by its text.
   */
  | { readonly kind: 'delete-at'; readonly chain: string; readonly index: number }
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

/** A chain whose rules are being changed. */
interface OpenChain extends Chain {
  readonly rules: Rule[];
}

/**
 * The table after the operations: chains that stay keep their places, and each new one comes where
 * `order` has it.
 *
 * @throws Error when an operation cannot be carried out, which is a fault of the planner
 */
export function play(
  table: Table,
  operations: readonly Operation[],
  order: PrintOrder = newestOrder,
): Table {
  const chains = new Map(
    table.chains.map((chain): [string, OpenChain] => [
      chain.name,
      { ...chain, rules: [...chain.rules] },
    ]),
  );
  for (const operation of operations) playOne(chains, operation);
  const old = new Set(table.chains.map(({ name }) => name));
  const isOld = ({ name }: Chain) => old.has(name);
  const all = [...chains.values()];
  const created = all.filter((chain) => !isOld(chain));
  return { ...table, chains: addChains(order, all.filter(isOld), created) };
}

function playOne(chains: Map<string, OpenChain>, operation: Operation): void {
  const { chain: name } = operation;
  const chain = chains.get(name);
  switch (operation.kind) {
    case 'fill':
      chains.set(name, { ...emptyChain(name), rules: [...operation.rules] });
      return;
    case 'new-chain':
      if (chain !== undefined) throw new Error(`chain ${name} exists`);
      chains.set(name, emptyChain(name));
      return;
    case 'remove-chain':
      if (!chains.delete(name)) throw new Error(`chain ${name} does not exist`);
      return;
    case 'remove-empty-chain':
      if (chain?.rules.length !== 0) throw new Error(`chain ${name} does not exist, or has rules`);
      chains.delete(name);
      return;
    default:
      if (chain === undefined) throw new Error(`chain ${name} does not exist`);
      playOnRules(chain.rules, operation);
  }
}

function playOnRules(rules: Rule[], operation: RuleOperation): void {
  switch (operation.kind) {
    case 'delete': {
      const index = rules.findIndex(({ spec }) => spec === operation.spec);
      if (index < 0) throw new Error(`there is no rule ${operation.spec}`);
      rules.splice(index, 1);
      return;
    }
    case 'delete-at':
      if (rules.splice(operation.index, 1).length === 0)
        throw new Error(`there is no rule ${operation.index + 1} in ${operation.chain}`);
      return;
    case 'insert':
      if (operation.index > rules.length) throw new Error(`no place for ${operation.rule.spec}`);
      rules.splice(operation.index, 0, operation.rule);
  }
}

function emptyChain(name: string): OpenChain {
  return { name, policy: '-', counters: { packets: '0', bytes: '0' }, rules: [] };
}
