// docs/rules.md is made from the tables that rules.d is read by, and from golden cases. To write it again:
//   NATMAP_UPDATE_DOCS=1 npx vitest run --project unit test/config/reference.test.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exampleEntry, exampleValues, flow } from '../../src/config/examples.ts';
import type { Field, Fields } from '../../src/config/field.ts';
import { nameSections, sections, settingSections } from '../../src/config/fields.ts';
import { repository } from '../support/natmap.ts';

const path = `${repository}docs/rules.md`;

/** Section → the golden case that shows what becomes of its entries. */
const cases: Readonly<Record<string, string>> = {
  dnat: 'dnat-single',
  snat: 'snat',
  hairpin: 'hairpin-lan',
  docker: 'docker-host-address',
  masquerade: 'masquerade',
  engine: 'engine-accept-mark',
};

function referencePage(): string {
  return [
    introduction,
    ...Object.entries(sections).map(([name, { doc, fields }]) =>
      sectionText(name, `${doc}\n\n${fieldTable(fields)}`, exampleEntry(name, fields)),
    ),
    ...Object.entries(nameSections).map(([name, { doc, example }]) =>
      sectionText(name, `${doc}\n`, [`${name}: ${flow([example])}`]),
    ),
    ...Object.entries(settingSections).map(([name, { doc, fields }]) =>
      sectionText(name, `${doc}\n\n${fieldTable(fields)}`, [
        `${name}: ${flow(exampleValues(fields))}`,
      ]),
    ),
  ].join('\n');
}

const introduction = `# The files in rules.d

Made from the tables that natmap reads the files by, as are natmap-rules(5) and the JSON Schema
(\`natmap schema\`), so that none says anything else than the program does.

The files of the folder whose names end in \`.yaml\` are read in the order of the bytes of their names, as
one set of rules. Each is a YAML 1.2 document: a mapping from the names of sections to lists of entries, or
of names. A key that is not listed here is an error. Anchors, aliases and tags are errors too: what a line
says is what stands on it.

The folder is \`--rules DIR\`, else \`rules.d\` where natmap runs, else \`/etc/natmap/rules.d\`.

Two mappings that claim the same protocol, port and address and lead to different places are an error that
shows both; exact repeats are dropped with a warning. More about \`publish\`, \`balance\` and \`masquerade\`
stands in [containers.md](containers.md), about errors in [diagnostics.md](diagnostics.md).
`;

function sectionText(name: string, text: string, example: readonly string[]): string {
  const golden = cases[name];
  const shown = golden === undefined ? fenced('yaml', example) : outcomeText(golden);
  return [`## ${name}\n`, text, shown].join('\n');
}

function fieldTable(fields: Fields): string {
  const rows = Object.entries(fields).flatMap(([key, field]) => [
    row(key, field.required, field.doc, field.example),
    ...nestedRows(key, field),
  ]);
  return ['| key | what it says | as in |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

interface NestedSchema {
  readonly description: string;
  readonly examples: readonly unknown[];
}

function nestedRows(key: string, { reader }: Field<unknown>): string[] {
  const properties = (reader.schema.properties ?? {}) as Readonly<Record<string, NestedSchema>>;
  return Object.entries(properties).map(([inner, { description, examples }]) =>
    row(`${key}.${inner}`, false, description, examples[0]),
  );
}

function row(key: string, isRequired: boolean, doc: string, example: unknown): string {
  return `| \`${key}\`${isRequired ? ' (required)' : ''} | ${doc} | \`${flow(example)}\` |`;
}

/** A golden case: its rules.d, and the IPv4 rules in our own chains that come of it. */
function outcomeText(name: string): string {
  const file = (path: string) => readFileSync(`${repository}test/cases/${name}/${path}`, 'utf8');
  const rules = file('rules.d/10-rules.yaml').trimEnd().split('\n');
  const tables = file('expected.v4').split('COMMIT\n').map(ownLines);
  return [
    fenced('yaml', rules),
    'makes these IPv4 rules:\n',
    fenced('text', tables.filter(({ length }) => length > 1).flat()),
  ].join('\n');
}

function ownLines(table: string): string[] {
  return table.split('\n').filter((line) => /^(\*|-A NATMAP)/.test(line));
}

function fenced(language: string, lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join('\n')}\n\`\`\`\n`;
}

test('docs/rules.md is the generated one', () => {
  if (process.env.NATMAP_UPDATE_DOCS === '1') writeFileSync(path, referencePage());
  expect(readFileSync(path, 'utf8')).toBe(referencePage());
});

test('no text ends the cell of the table that it stands in', () => {
  const cells = referencePage()
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').length);
  expect(new Set(cells)).toEqual(new Set([5]));
});
