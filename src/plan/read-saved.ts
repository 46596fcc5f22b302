// A saved plan read back. No matter who wrote the file, it brings rules into our own chains only: each is
// checked as what a template prints is, and the payload is not believed but made again.
import { danglingJumps, readAppend } from '../iptables/append.ts';
import { chainProblem } from '../iptables/owned.ts';
import { ruleLine } from '../iptables/print.ts';
import {
  isWantedTable,
  standingChains,
  type Wanted,
  type WantedChain,
  type WantedRule,
} from '../iptables/wanted.ts';
import { isSavedText, splitWords } from '../iptables/words.ts';
import { type Family, families } from '../net/family.ts';
import type { SourceDigest } from './digest.ts';
import { planSchema, printSavedPlan, type SavedFamily, type SavedPlan } from './saved.ts';

export type ReadPlan =
  | { readonly ok: true; readonly plan: SavedPlan }
  | { readonly ok: false; readonly problem: string };

export function readSavedPlan(text: string): ReadPlan {
  const value = parseJson(text);
  if (value === undefined) return { ok: false, problem: 'this is no JSON, or it is cut off' };
  const { schema } = fields(value);
  if (schema !== planSchema) return { ok: false, problem: schemaProblem(schema) };
  const plan = takePlan(value);
  // This also catches what was not read: other keys, keys that stand twice, other types.
  if (printSavedPlan(plan) !== text) {
    return { ok: false, problem: 'this is not what natmap plan wrote: the file has been changed' };
  }
  if (plan.families.length === 0) return { ok: false, problem: 'it holds no family' };
  const problem = plan.families.map(familyProblem).find((each) => each !== null);
  return problem === undefined ? { ok: true, plan } : { ok: false, problem };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function schemaProblem(schema: unknown): string {
  return typeof schema === 'string' && schema.startsWith('natmap.plan/')
    ? `this natmap reads ${planSchema}, and this is ${JSON.stringify(schema)}`
    : 'this is no plan that natmap has saved';
}

/** Values of another type than expected are taken as empty: the comparison with the text tells. */
function takePlan(value: unknown): SavedPlan {
  const plan = fields(value);
  return {
    natmap: text(plan.natmap),
    sources: list(plan.sources).map(takeSource),
    families: families.flatMap((family) => {
      const own = list(plan.families).find((each) => fields(each).family === family);
      return own === undefined ? [] : [takeFamily(own, family)];
    }),
  };
}

function takeSource(value: unknown): SourceDigest {
  const { name, sha256 } = fields(value);
  return { name: text(name), sha256: text(sha256) };
}

function takeFamily(value: unknown, family: Family): SavedFamily {
  const { backend: said, live, goal, dockerUserFirst, payload } = fields(value);
  const backend = said === 'legacy' ? 'legacy' : 'nft';
  const chains = list(goal).map(takeChain);
  const placed = dockerUserFirst === true ? ({ dockerUserFirst: true } as const) : {};
  return {
    ...{ family, backend, live: texts(live), payload: texts(payload) },
    goal: { family, chains, ...placed },
  };
}

function takeChain(value: unknown): WantedChain<null> {
  const { table, chain, rules } = fields(value);
  const named = text(table);
  return {
    table: isWantedTable(named) ? named : 'filter',
    name: text(chain),
    rules: texts(rules).map((spec): WantedRule<null> => ({ spec, verbatim: false, origin: null })),
  };
}

function familyProblem({ goal }: SavedFamily): string | null {
  const problem = goalProblem(goal);
  return problem === null ? null : `${goal.family}: ${problem}`;
}

function goalProblem({ family, chains }: Wanted): string | null {
  for (const chain of chains) {
    const problem = chainProblem(chain.name) ?? rulesProblem(chain, family);
    if (problem !== null) return problem;
  }
  const names = chains.map(({ table, name }) => `${table} ${name}`);
  const repeated = firstRepeated(names);
  if (repeated !== undefined) return `chain ${repeated} stands twice`;
  const lacking = standingChains.find(({ table, name }) => !names.includes(`${table} ${name}`));
  if (lacking !== undefined) return `chain ${lacking.table} ${lacking.name} is missing`;
  const [dangling] = danglingJumps(chains);
  return dangling === undefined
    ? null
    : `a rule leads to chain ${dangling.target}, which is not in ${dangling.table}`;
}

function rulesProblem({ name, rules }: WantedChain, family: Family): string | null {
  const repeated = firstRepeated(rules.map(({ spec }) => spec));
  if (repeated !== undefined) return `this rule stands twice: ${ruleLine(name, repeated)}`;
  for (const { spec } of rules) {
    const problem = ruleProblem(name, spec, family);
    if (problem !== null) return `${problem}: ${ruleLine(name, spec)}`;
  }
  return null;
}

/** What only the kernel knows the canonical form of may be written as the kernel printed it. */
function ruleProblem(chain: string, spec: string, family: Family): string | null {
  const split = splitWords(ruleLine(chain, spec));
  if (!split.ok) return split.problem;
  const rules = readAppend(split.words.slice(1), family);
  if (typeof rules === 'string') return rules;
  const [rule, ...more] = rules;
  const isCanonical = rule?.verbatim ? isSavedText(spec) : rule?.spec === spec && more.length === 0;
  return isCanonical ? null : 'a rule is not in the form that iptables-save prints';
}

function firstRepeated(values: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return values.find((value) => {
    const isRepeated = seen.has(value);
    seen.add(value);
    return isRepeated;
  });
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): readonly string[] {
  return list(value).map(text);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
