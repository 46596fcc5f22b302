// natmap-rules(5), from the tables that rules.d files are read by.
import type { Field, Fields } from '../../config/field.ts';
import { sections } from '../../config/fields.ts';
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
      'For example:',
      ...display(exampleOf(name, fields)),
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
    'to lists of entries. A key that is not listed here is an error.',
  'natmap check says what is wrong with them, with file, line and column. natmap schema prints ' +
    'the same as a JSON Schema for editors.',
];

function fieldLines(key: string, { doc, required, example }: Field<unknown>): string[] {
  return [
    '.TP',
    `${bold(key)}${required ? ' (required)' : ''}`,
    prose(doc),
    '.br',
    `As in ${literal(`${key}: ${flow(example)}`)}`,
  ];
}

/** An entry of the keys that it cannot do without; where one of two will do, the first. */
function exampleOf(section: string, fields: Fields): string[] {
  const keys = Object.keys(fields);
  const [first] = keys;
  const needed = keys.filter((key) => key === first || fields[key]?.required);
  return [
    `${section}:`,
    ...needed.map(
      (key, at) => `${at === 0 ? '  - ' : '    '}${key}: ${flow(fields[key]?.example)}`,
    ),
  ];
}

/** YAML's flow style, with blanks that a line can be broken at. */
function flow(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(flow).join(', ')}]` : JSON.stringify(value);
}
