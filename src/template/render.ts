// Mappings of both families to what is wanted of them.
import type { Mapping, Origin } from '../compile/mapping.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { startOf } from '../diagnostic/source.ts';
import { danglingJumps } from '../iptables/append.ts';
import {
  standingChains,
  translated,
  type Wanted,
  type WantedChain,
  type WantedRule,
  type WantedTable,
} from '../iptables/wanted.ts';
import type { Family } from '../net/family.ts';
import type { Mark } from '../net/mark.ts';
import type { Templates } from './engine.ts';
import { type PrintedProblem, type PrintedRule, readOutput } from './output.ts';
import { type TemplateName, type View, viewsOf } from './views.ts';

/** The entry that a rule comes from; null for what no single entry asked for. */
export type RuleOrigin = ServingOrigin | null;

/** The entry that asked for the rule first, and the mappings that it serves, of any entry. */
interface ServingOrigin extends Origin {
  readonly serves: ReadonlySet<Mapping>;
}

/** The origin of a rule that was asked for twice. */
export function joinOrigins(first: RuleOrigin, second: RuleOrigin): RuleOrigin {
  if (first === null || second === null) return null;
  return { ...first, serves: new Set([...first.serves, ...second.serves]) };
}

/** Renders every mapping of the family and gathers the rules by chain, identical ones once. */
export function renderWanted(
  mappings: readonly Mapping[],
  family: Family,
  templates: Templates,
  report: Report,
  acceptMark: Mark | null = null,
): Wanted<RuleOrigin> {
  const gathered = new Gathered();
  const reported = new Set<string>();
  for (const view of viewsOf(mappings, family, acceptMark)) {
    const text = templates.render(view);
    if (text === null) continue;
    const { rules, problems } = readOutput(text, family);
    for (const rule of rules) gathered.add(rule, view);
    for (const [nth, problem] of problems.entries()) {
      // A template that is wrong is wrong for every mapping alike.
      const key = `${view.template} ${nth} ${problem.problem}`;
      if (!reported.has(key)) reportProblem(problem, view, templates, report);
      reported.add(key);
    }
  }
  const wanted = { family, chains: gathered.chains() };
  reportMissingChains(wanted, templates, report);
  return wanted;
}

/** A rule that more mappings may come to share. */
interface OpenRule extends WantedRule<RuleOrigin> {
  readonly serves: Set<Mapping>;
}

interface OpenChain {
  readonly table: WantedTable;
  readonly name: string;
  readonly rules: Map<string, OpenRule>;
}

class Gathered {
  private readonly chainOf = new Map<string, OpenChain>();

  constructor() {
    for (const { table, name } of standingChains) this.open(table, name);
  }

  add({ table, chain, spec, verbatim }: PrintedRule, { origin: entry, serves: all }: View): void {
    const { rules } = this.open(table, chain);
    const known = rules.get(spec);
    if (known !== undefined) {
      for (const mapping of all) known.serves.add(mapping);
      return;
    }
    const serves = new Set(all);
    const origin = entry === null ? null : { ...entry, serves };
    rules.set(spec, { spec, verbatim, origin, serves });
  }

  chains(): WantedChain<RuleOrigin>[] {
    return [...this.chainOf.values()].map((chain) => ({
      ...chain,
      rules: [...chain.rules.values()],
    }));
  }

  private open(table: WantedTable, name: string): OpenChain {
    const key = `${table} ${name}`;
    const known = this.chainOf.get(key);
    if (known !== undefined) return known;
    const chain = { table, name, rules: new Map<string, OpenRule>() };
    this.chainOf.set(key, chain);
    if (table === translated.table && name === translated.chain) this.leadToTranslated();
    return chain;
  }

  /** Its place is behind the rule for replies, which is rendered first, and before all others. */
  private leadToTranslated(): void {
    const { table, from, spec } = translated;
    const jump = { spec, verbatim: false, origin: null, serves: new Set<Mapping>() };
    this.open(table, from).rules.set(spec, jump);
  }
}

function reportProblem(
  { line, problem }: PrintedProblem,
  view: View,
  templates: Templates,
  report: Report,
): void {
  const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  report({
    code: /^chain /.test(problem) ? 'template-outside' : 'template-rule',
    severity: 'error',
    message: `this template printed ${JSON.stringify(shown)}: ${problem}`,
    at: startOf(templates.source(view.template)),
    related: view.origin === null ? [] : [{ message: 'for this entry', at: view.origin.at }],
  });
}

function reportMissingChains(
  { chains }: Wanted<RuleOrigin>,
  templates: Templates,
  report: Report,
): void {
  const reported = new Set<string>();
  for (const { table, target, rule } of danglingJumps(chains)) {
    if (reported.has(target)) continue;
    reported.add(target);
    const { origin } = rule;
    report({
      code: 'template-rule',
      severity: 'error',
      message: `a template printed a rule that leads to chain ${target}, which has no rules in ${table}`,
      at: startOf(templates.source(origin === null ? 'replies' : templateOf(origin))),
      ...(origin === null ? {} : { related: [{ message: 'for this entry', at: origin.at }] }),
    });
  }
}

/** The template that the rules of an entry come from, or most of them. */
function templateOf({ kind }: Origin): TemplateName {
  return kind === 'publish' ? 'docker' : kind;
}
