// natmap(1), from the tables that the command line is parsed by.
import { Help } from 'commander';
import type { CommandSpec } from '../commands.ts';
import { description, exitCodes, firstSteps } from '../help.ts';
import { bold, display, heading, literal, prose, tagged, title } from './roff.ts';

export function natmapPage(specs: readonly CommandSpec[], version: string): string {
  const shown = specs.filter(({ hidden }) => !hidden);
  return [
    title('natmap', 1, version),
    ...heading('name'),
    'natmap \\- review and apply NAT rules for hosts and containers',
    ...heading('synopsis'),
    `${bold('natmap')} \\fIcommand\\fR [\\fIflags\\fR]`,
    ...heading('description'),
    prose(description),
    '.PP',
    'It runs once and exits. The rules are described in natmap\\-rules(5).',
    ...heading('commands'),
    ...shown.flatMap(commandLines),
    ...heading('exit status'),
    ...exitCodes.flatMap(([code, meaning]) => tagged(code, meaning)),
    ...heading('environment'),
    ...environment.flatMap(([name, meaning]) => tagged(name, meaning)),
    ...heading('files'),
    ...files.flatMap(([name, meaning]) => tagged(name, meaning)),
    ...heading('examples'),
    ...firstSteps.flatMap(([line, question]) => tagged(line, question)),
    ...heading('see also'),
    'natmap\\-rules(5), iptables\\-save(8), iptables\\-restore(8)',
    '',
  ].join('\n');
}

const environment: readonly (readonly [string, string])[] = [
  ['NATMAP_STATE_DIR', 'the state folder, where --state-dir is not given'],
  ['NO_COLOR, FORCE_COLOR', 'no colours, or colours anywhere, where --color is not given'],
];

const files: readonly (readonly [string, string])[] = [
  ['rules.d', 'the rules, in the folder where natmap runs'],
  ['/etc/natmap/rules.d', 'the rules where there is no rules.d'],
  ['/var/lib/natmap', 'the record of what was applied, for natmap rollback'],
];

/** Says of a flag or argument what `--help` says: its choices and its default too. */
const help = new Help();

function commandLines({ name, summary, argument, flags, example }: CommandSpec): string[] {
  const operand = argument === undefined ? '' : ` ${operandOf(argument.required, argument.name())}`;
  return [
    `.SS ${literal(name)}`,
    `${bold(`natmap ${name}`)}${operand}${flags.length === 0 ? '' : ' [\\fIflags\\fR]'}`,
    '.PP',
    prose(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...(argument === undefined ? [] : tagged(argument.name(), help.argumentDescription(argument))),
    ...flags.flatMap((flag) => tagged(flag.flags, help.optionDescription(flag))),
    ...display([example]),
  ];
}

function operandOf(isRequired: boolean, name: string): string {
  return isRequired ? `\\fI${literal(name)}\\fR` : `[\\fI${literal(name)}\\fR]`;
}
