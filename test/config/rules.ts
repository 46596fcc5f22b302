/** Loads rules.d files in which a `▸` marks the place that a fault has to name. */
import { loadRuleSet } from '../../src/config/load.ts';
import type { Entry, RuleSet } from '../../src/config/ruleset.ts';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { listen } from '../listen.ts';
import { marked } from '../support/marked.ts';

export interface Loaded extends RuleSet {
  readonly diagnostics: readonly Diagnostic[];
  /** Each fault as `file:line:column code: message`. */
  readonly said: readonly string[];
  /** The marked places as `file:line:column`. */
  readonly marks: readonly string[];
}

/** One file, `a.yaml`. */
export function load(text: string): Loaded {
  return loadFiles({ 'a.yaml': text });
}

export function loadFiles(texts: Readonly<Record<string, string>>): Loaded {
  const { files, places } = marked(texts);
  const { report, diagnostics, said } = listen();
  const sources = Object.entries(files).map(([name, text]) => ({ name, text }));
  const ruleSet = loadRuleSet(sources, report);
  return { ...ruleSet, diagnostics, said: said(), marks: places };
}

type Values = Readonly<Record<string, string | null>>;

const sound = {
  dnat: { ext_ip: '203.0.113.43', int_ip: '10.0.0.101', ports: '80' },
  snat: { int_ip: '10.0.0.0/24', ext_if: 'vmbr0' },
  hairpin: { ext_ip: '203.0.113.43', int_ip: '10.0.0.101', ports: '80', lan_cidr: '10.0.0.0/24' },
  docker: { container: 'web', ports: '80' },
  publish: { from: 'published' },
} as const;

export type Kind = keyof typeof sound;

/** A file with one sound entry, these YAML values put into it; null takes a key out. */
export function ruleFile(kind: Kind, changed: Values): string {
  const values: Values = { ...sound[kind], ...changed };
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === null ? [] : [`${key}: ${value}`],
  );
  return `${kind}:\n  - ${lines.join('\n    ')}\n`;
}

/** The one entry of {@link ruleFile}, which must be without fault. */
export function entryOf(kind: Kind, changed: Values): Entry {
  const { entries, said } = load(ruleFile(kind, changed));
  const [entry] = entries;
  if (entry === undefined || said.length > 0) throw new Error(said.join('\n'));
  return entry;
}
