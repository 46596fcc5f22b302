// Rules that only the kernel knows the canonical form of, brought to it where a namespace can be had.

import { visible } from '../diagnostic/visible.ts';
import { createIptables, type Iptables } from '../host/iptables.ts';
import { programRunner } from '../host/program.ts';
import { neededObject } from '../iptables/host-objects.ts';
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
  const isAsked = wanted.some(({ chains }) => chains.some(({ rules }) => rules.some(isVerbatim)));
  if (!isAsked) return wanted;
  const iptables = createIptables(backend, programRunner(process.env));
  return Promise.all(wanted.map((each) => withForms(each, iptables, console)));
}

async function withForms(
  wanted: Wanted<RuleOrigin>,
  iptables: Iptables,
  console: Console,
): Promise<Wanted<RuleOrigin>> {
  const verbatim = wanted.chains.flatMap(({ rules }) => rules.filter(isVerbatim));
  const keep = (why: string) => {
    console.note(
      `${wanted.family}: rules that natmap does not know are kept word for word: ${visible(why)}`,
    );
    return wanted;
  };
  const objects = new Set(
    verbatim.map(({ spec }) => neededObject(spec)).filter((each) => each !== null),
  );
  for (const object of objects) keep(`${object} of the host is needed`);
  if (!verbatim.some(isProbed)) return wanted;
  const tables = [...new Set(wanted.chains.map(({ table }) => table))];
  const apart = await iptables.loadApart(wanted.family, probe(wanted), tables);
  if (apart.kind === 'impossible') return keep(apart.reason);
  if (apart.kind === 'refused') return keep(apart.failure.message.replaceAll('\n', '; '));
  const parsed = parseSave(apart.saved, wanted.family);
  if (!parsed.ok) return keep(parsed.problem);
  const chains = wanted.chains.map((chain, at) => takeForms(chain, at, parsed.ruleset));
  return { ...wanted, chains };
}

/** A chain for each rule in question, as one rule may become several, beside all chains wanted. */
function probe({ chains }: Wanted<RuleOrigin>): string {
  const tables = [...new Set(chains.map(({ table }) => table))];
  const lines = tables.flatMap((table) => {
    const ofTable = chains.filter((chain) => chain.table === table);
    const probes = chains.flatMap((chain, at) =>
      chain.rules.flatMap((rule, index) =>
        isProbed(rule) && chain.table === table
          ? [{ chain: probeName(at, index), spec: rule.spec }]
          : [],
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
    if (!isProbed(rule)) return [rule];
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

/** A namespace of its own has no objects of the host. */
function isProbed({ verbatim, spec }: WantedRule<RuleOrigin>): boolean {
  return verbatim && neededObject(spec) === null;
}
