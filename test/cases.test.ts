/**
 * Golden cases: each folder of test/cases is one. Inputs are `rules.d/`, and where they are there
 * `docker.json`, `templates/`, `live.v4` and `live.v6`. Expected are
 *
 *   expected.v4, expected.v6   what `natmap render` prints, for a family with rules
 *   expected.diff              what `natmap diff` prints, where there is a live file
 *   expected.err               the errors and warnings
 *
 * and a file that is not there means nothing of its kind. To write them again, and then to read what
 * changed in them: NATMAP_UPDATE_CASES=1 npx vitest run --project unit test/cases.test.ts
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { collectChecks } from '../src/app/collect-diagnostics.ts';
import { hasErrors } from '../src/diagnostic/diagnostic.ts';
import { parseSave } from '../src/iptables/parse.ts';
import type { Ruleset } from '../src/iptables/ruleset.ts';
import type { Wanted } from '../src/iptables/wanted.ts';
import type { Family } from '../src/net/family.ts';
import { applyGoal } from '../src/plan/goal.ts';
import { makePlan } from '../src/plan/plan.ts';
import { printWanted } from '../src/plan/standalone.ts';
import { formatDiagnostic } from '../src/report/diagnostics.ts';
import { createStyle } from '../src/report/style.ts';
import { diffRulesets, formatUnified, isUnchanged, summarize } from '../src/report/unified.ts';

const folder = fileURLToPath(new URL('cases', import.meta.url));
const updating = process.env.NATMAP_UPDATE_CASES === '1';
const plain = createStyle('never', {}, false);

const outputs = ['expected.v4', 'expected.v6', 'expected.diff', 'expected.err'] as const;

test.each(readdirSync(folder))('%s', async (name) => {
  const actual = await resultsOf(join(folder, name));
  for (const output of outputs) {
    const path = join(folder, name, output);
    if (updating) write(path, actual[output]);
    expect(actual[output], output).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '');
  }
});

function write(path: string, text: string): void {
  if (text === '') rmSync(path, { force: true });
  else writeFileSync(path, text);
}

async function resultsOf(path: string): Promise<Record<(typeof outputs)[number], string>> {
  const optional = (key: string, name: string) =>
    existsSync(join(path, name)) ? { [key]: join(path, name) } : {};
  const { wanted, diagnostics } = await collectChecks({
    rules: join(path, 'rules.d'),
    ...optional('docker', 'docker.json'),
    ...optional('templates', 'templates'),
    family: 'all',
    color: 'never',
  });
  const shown = hasErrors(diagnostics) ? [] : wanted;
  const said = diagnostics.map((each) => `${formatDiagnostic(each, plain)}\n`).join('');
  return {
    'expected.v4': rendered(shown, 'ipv4'),
    'expected.v6': rendered(shown, 'ipv6'),
    'expected.diff': diffed(shown, path),
    'expected.err': said.replaceAll(`${path}/`, ''),
  };
}

function rendered(wanted: readonly Wanted[], family: Family): string {
  const own = wanted.find((each) => each.family === family);
  const isEmpty = own?.chains.every(({ rules }) => rules.length === 0) ?? true;
  return own === undefined || isEmpty ? '' : printWanted(own);
}

function diffed(wanted: readonly Wanted[], path: string): string {
  const diffs = wanted.flatMap((own) => {
    const live = readLive(join(path, own.family === 'ipv4' ? 'live.v4' : 'live.v6'), own.family);
    if (live === null) return [];
    const { before, after } = makePlan(live, applyGoal(own), 'nft');
    return [diffRulesets(before, after)];
  });
  if (diffs.length === 0) return '';
  const changed = diffs.filter((diff) => !isUnchanged(diff));
  const shown = changed.map((diff) => formatUnified(diff, plain)).join('');
  return `${shown}${summarize(diffs)}\n`;
}

function readLive(path: string, family: Family): Ruleset | null {
  if (!existsSync(path)) return null;
  const parsed = parseSave(readFileSync(path, 'utf8'), family);
  if (!parsed.ok) throw new Error(`${path}: line ${parsed.line}: ${parsed.problem}`);
  return parsed.ruleset;
}
