/** What an analysis reports of rules.d, with the rules that natmap renders. */
import { analyze } from '../../src/analysis/analyze.ts';
import { compile } from '../../src/compile/compile.ts';
import { families } from '../../src/net/family.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
import { load } from '../config/rules.ts';
import { listen } from '../listen.ts';

/** `CODE MESSAGE`, in the order of the reports. */
export function analyzed(text: string, code: string): string[] {
  const { entries, diagnostics } = load(text);
  const { report, diagnostics: more } = listen();
  const mappings = compile({ entries, acceptMark: null }, null, report);
  const bad = [...diagnostics, ...more].find(({ severity }) => severity === 'error');
  if (bad !== undefined) throw new Error(bad.message);
  const templates = createTemplates([], report);
  const wanted = families.map((family) => renderWanted(mappings, family, templates, report));
  const found = listen();
  analyze(mappings, wanted, found.report);
  return found.diagnostics.filter((each) => each.code === code).map(({ message }) => message);
}
