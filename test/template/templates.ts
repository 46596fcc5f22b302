/** The user's templates, put to a mapping or two. */

import { compile } from '../../src/compile/compile.ts';
import type { Mapping } from '../../src/compile/mapping.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import { type Diagnostic, hasErrors } from '../../src/diagnostic/diagnostic.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
import { listen } from '../listen.ts';

export interface Rendered {
  /** Each rule as `TABLE CHAIN SPEC`, in the order of chains. */
  readonly rules: readonly string[];
  /** The rules that are kept word for word. */
  readonly verbatim: readonly string[];
  /** Each diagnostic as `file:line:column code: message`. */
  readonly said: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  /** Files that no template is and none includes. */
  readonly unused: readonly string[];
}

export const oneSnat = 'snat: [{int_ip: 10.0.0.0/24, ext_if: vmbr0, name: LAN}]';

/** The mappings of a file without errors. */
export function mappingsOf(rules: string, docker: string | null = null): Mapping[] {
  const { report, diagnostics, said } = listen();
  const ruleSet = loadRuleSet([{ name: 'a.yaml', text: rules }], report);
  const snapshot = docker === null ? null : readSnapshot({ name: 'd.json', text: docker }, report);
  const mappings = compile(ruleSet, snapshot, report);
  if (hasErrors(diagnostics)) throw new Error(said().join('\n'));
  return mappings;
}

/** Renders IPv4 with these templates by file name, those that are left out as they are built in. */
export function rendered(own: Readonly<Record<string, string>>, rules = oneSnat): Rendered {
  const { report, diagnostics, said } = listen();
  const sources = Object.entries(own).map(([name, text]) => ({ name: `mine/${name}`, text }));
  const templates = createTemplates(sources, report);
  const { chains } = renderWanted(mappingsOf(rules), 'ipv4', templates, report);
  const all = chains.flatMap(({ table, name, rules: own }) =>
    own.map(({ spec, verbatim }) => ({ text: `${table} ${name} ${spec}`, verbatim })),
  );
  return {
    rules: all.map(({ text }) => text),
    verbatim: all.filter(({ verbatim }) => verbatim).map(({ text }) => text),
    said: said(),
    diagnostics,
    unused: templates.unused().map(({ name }) => name),
  };
}
