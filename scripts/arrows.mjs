// The imports of src/ against .dependency-cruiser.mjs, and the graph of stages that ARCHITECTURE.md shows.
//
//   npm run arrows              reports imports that are not allowed
//   npm run arrows -- --write   writes the graph into ARCHITECTURE.md
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import rules from '../.dependency-cruiser.mjs';

const page = fileURLToPath(new URL('../ARCHITECTURE.md', import.meta.url));
const graphBlock = /(?<=^```mermaid\n)[^`]*(?=^```$)/m;

/** @returns what the modules in `src` of the folder import, and which of it is not allowed */
export async function readImports(folder) {
  const { output } = await cruise(['src'], {
    ...rules.options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: rules.forbidden },
  });
  return {
    modules: output.summary.totalCruised,
    violations: output.summary.violations.map(
      ({ rule, from, to }) => `${from} imports ${to}: ${rule.name} (${reasonOf(rule.name)})`,
    ),
    stages: new Set(
      output.modules.map(({ source }) => stageOf(source)).filter((stage) => stage !== null),
    ),
    arrows: stageArrows(output.modules),
  };
}

function reasonOf(name) {
  return rules.forbidden.find((rule) => rule.name === name)?.comment;
}

/** The graph of stages as Mermaid text, without the arrows that others imply. */
export function printGraph(arrows) {
  const needed = [...arrows].flatMap(([from, targets]) =>
    [...targets].filter((to) => !isImplied(arrows, from, to)).map((to) => `  ${from} --> ${to}\n`),
  );
  return `graph TD\n${needed.sort().join('')}`;
}

export function readGraph(text) {
  return graphBlock.exec(text)?.[0] ?? '';
}

/** For each stage those that it imports. */
function stageArrows(modules) {
  const arrows = new Map();
  for (const { source, dependencies } of modules) {
    const from = stageOf(source);
    for (const { resolved } of dependencies) {
      const to = stageOf(resolved);
      if (from === null || to === null || from === to) continue;
      arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
    }
  }
  return arrows;
}

function stageOf(path) {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function isImplied(arrows, from, to) {
  return [...(arrows.get(from) ?? [])].some(
    (middle) => middle !== to && leadsTo(arrows, middle, to),
  );
}

function leadsTo(arrows, from, to) {
  return [...(arrows.get(from) ?? [])].some((next) => next === to || leadsTo(arrows, next, to));
}

async function main() {
  const { modules, violations, arrows } = await readImports(
    fileURLToPath(new URL('..', import.meta.url)),
  );
  if (process.argv.includes('--write')) {
    const text = readFileSync(page, 'utf8');
    writeFileSync(
      page,
      text.replace(graphBlock, () => printGraph(arrows)),
    );
  }
  console.log([...violations, `${modules} modules, ${violations.length} violations`].join('\n'));
  if (violations.length > 0 || modules === 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
