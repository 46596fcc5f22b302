// natmap-rules(5), from the tables that rules.d files are read by.
import { exampleEntry, flow } from '../../config/examples.ts';
import type { Field } from '../../config/field.ts';
import { nameSections, sections, settingSections } from '../../config/fields.ts';
import { bold, display, heading, literal, prose, tagged, title } from './roff.ts';

export function rulesPage(version: string): string {
  return [
    title('natmap-rules', 5, version),
    ...heading('name'),
    'natmap\\-rules \\- the files in rules.d that natmap makes NAT rules from',
    ...heading('description'),
    ...paragraphs.flatMap((text) => ['.PP', prose(text)]).slice(1),
    ...Object.entries(sections).flatMap(([name, { doc, fields }]) => [
      ...heading(`section ${name}`),
      prose(doc),
      ...Object.entries(fields).flatMap(([key, field]) => fieldLines(key, field)),
      '.PP',
      ...example(exampleEntry(name, fields)),
    ]),
    ...Object.entries(nameSections).flatMap(([name, { doc, example: network }]) => [
      ...heading(`section ${name}`),
      prose(doc),
      '.PP',
      ...example([`${name}: ${flow([network])}`]),
    ]),
    ...Object.entries(settingSections).flatMap(([name, { doc, fields }]) => [
      ...heading(`section ${name}`),
      prose(doc),
      ...Object.entries(fields).flatMap(([key, field]) => fieldLines(key, field)),
    ]),
    ...heading('files'),
    ...tagged('/etc/natmap/rules.d/*.yaml', 'the rules of this host'),
    ...heading('see also'),
    'natmap(1)',
    '',
  ].join('\n');
}

const paragraphs = [
  'The files of the folder whose names end in .yaml are read in the order of the bytes of their ' +
    'names, as one set of rules. Each is a YAML 1.2 document: a mapping from the names of sections ' +
    'to lists of entries, or of names. A key that is not listed here is an error.',
  'natmap check says what is wrong with them, with file, line and column. natmap schema prints ' +
    'the same as a JSON Schema for editors.',
];

function example(lines: readonly string[]): string[] {
  return ['For example:', ...display(lines)];
}

function fieldLines(key: string, { doc, required, example }: Field<unknown>): string[] {
  return [
    '.TP',
    `${bold(key)}${required ? ' (required)' : ''}`,
    prose(doc),
    '.br',
    `As in ${literal(`${key}: ${flow(example)}`)}`,
  ];
}
