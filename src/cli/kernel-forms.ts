// Rules that only the kernel knows the canonical form of, brought to it where a namespace can be had.

import { visible } from '../diagnostic/visible.ts';
import { kernelFormArguments, runInNamespace } from '../host/namespace.ts';
import { programRunner, type Run } from '../host/program.ts';
import { parseSave } from '../iptables/parse.ts';
import { findChain, findTable, type Ruleset } from '../iptables/ruleset.ts';
import type { Wanted, WantedChain, WantedRule } from '../iptables/wanted.ts';
import { joinOrigins, type RuleOrigin } from '../template/render.ts';
import type { Console } from './console.ts';
import type { HostOptions } from './options.ts';

type Rules = readonly WantedRule<RuleOrigin>[];

/** Asks the kernel about verbatim rules; where it cannot be asked they stay as they are, with a note. */
export async function withKernelForms(
  wanted: readonly Wanted<RuleOrigin>[],
  { backend }: HostOptions,
  console: Console,
): Promise<readonly Wanted<RuleOrigin>[]> {
  if (!wanted.some(({ chains }) => chains.some(({ rules }) => rules.some(isVerbatim))))
    return wanted;
  const run = programRunner(process.env);
  return Promise.all(wanted.map((each) => withForms(each, backend, run, console)));
}

async function withForms(
  wanted: Wanted<RuleOrigin>,
  backend: HostOptions['backend'],
  run: Run,
  console: Console,
): Promise<Wanted<RuleOrigin>> {
  if (!wanted.chains.some(({ rules }) => rules.some(isVerbatim))) return wanted;
  const args = kernelFormArguments(backend, wanted.family);
  const outcome = await runInNamespace(run, process.argv[1] ?? '', args, probe(wanted));
  const parsed = outcome.code === 0 ? parseSave(outcome.stdout, wanted.family) : null;
  if (parsed === null || !parsed.ok) {
    const reason = visible(outcome.stderr.trim().split('\n')[0] ?? '');
    console.note(
      `${wanted.family}: rules that natmap does not know are kept word for word: ${reason}`,
    );
    return wanted;
  }
  const chains = wanted.chains.map((chain, at) => takeForms(chain, at, parsed.ruleset));
  return { ...wanted, chains };
}

/** A chain for each rule in question, as one rule may become several, beside all chains wanted. */
function probe({ chains }: Wanted<RuleOrigin>): string {
  const tables = [...new Set(chains.map(({ table }) => table))];
  const lines = tables.flatMap((table) => {
    const ofTable = chains.filter((chain) => chain.table === table);
    const probes = chains.flatMap((chain, at) =>
      chain.rules.flatMap(({ spec, verbatim }, index) =>
        verbatim && chain.table === table ? [{ chain: probeName(at, index), spec }] : [],
      ),
    );
    return [
      `*${table}`,
      ...ofTable.map(({ name }) => `:${name} - [0:0]`),
      ...probes.map(({ chain }) => `:${chain} - [0:0]`),
      ...probes.map(({ chain, spec }) => `-A ${chain} ${spec}`),
      'COMMIT',
    ];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** No chain that a template can name: theirs begin with NATMAP. */
function probeName(chainIndex: number, ruleIndex: number): string {
  return `PROBE-${chainIndex}-${ruleIndex}`;
}

function takeForms(
  chain: WantedChain<RuleOrigin>,
  at: number,
  kernel: Ruleset,
): WantedChain<RuleOrigin> {
  const table = findTable(kernel, chain.table);
  const rules = chain.rules.flatMap((rule, index): Rules => {
    if (!rule.verbatim) return [rule];
    const printed = findChain(table, probeName(at, index))?.rules ?? [];
    if (printed.length === 0) return [rule];
    return printed.map(({ spec }) => ({ ...rule, spec, verbatim: false }));
  });
  const distinct = new Map<string, WantedRule<RuleOrigin>>();
  for (const rule of rules) {
    const first = distinct.get(rule.spec);
    const origin = first === undefined ? rule.origin : joinOrigins(first.origin, rule.origin);
    distinct.set(rule.spec, { ...rule, origin });
  }
  return { ...chain, rules: [...distinct.values()] };
}

function isVerbatim({ verbatim }: WantedRule<RuleOrigin>): boolean {
  return verbatim;
}
