// The flags that commands share: contract, section 7.
import { Option } from '@commander-js/extra-typings';
import type { Backend } from '../host/iptables.ts';
import { type Family, families } from '../net/family.ts';
import type { ColorChoice } from '../report/style.ts';

export interface OutputOptions {
  readonly color: ColorChoice;
  readonly quiet?: true;
}

export interface InputOptions extends OutputOptions {
  readonly rules?: string;
  readonly docker?: string;
  readonly templates?: string;
  readonly family: FamilyChoice;
  readonly allowEmpty?: true;
}

export interface LiveOptions {
  readonly family: FamilyChoice;
  readonly backend: Backend;
  readonly live?: string;
  readonly live6?: string;
}

export type FamilyChoice = Family | 'all';

/** The flags, made anew for each command: commander's options belong to one command each. */
export const flags = {
  rules: () =>
    new Option('--rules <dir>', 'folder of rule files (default: rules.d, else /etc/natmap/rules.d)'),
  docker: () =>
    new Option('--docker <file>', 'Docker snapshot: what docker inspect printed; - is standard input'),
  templates: () => new Option('--templates <dir>', 'your own templates, put before the built-in ones'),
  family: () =>
    new Option('--family <family>', 'address family')
      .choices(['ipv4', 'ipv6', 'all'] as const)
      .default('all' as const),
  allowEmpty: () => new Option('--allow-empty', 'an empty or missing rules folder is no error'),
  backend: () =>
    new Option('--backend <variant>', 'iptables variant; auto is what iptables on the PATH is')
      .choices(['auto', 'nft', 'legacy'] as const)
      .default('auto' as const),
  live: () => new Option('--live <file>', 'read this iptables-save output in place of the live one'),
  live6: () => new Option('--live6 <file>', 'the same for ip6tables-save'),
  color: () =>
    new Option('--color <when>', 'colour: before NO_COLOR, FORCE_COLOR and the terminal')
      .choices(['auto', 'always', 'never'] as const)
      .default('auto' as const),
  quiet: () => new Option('-q, --quiet', 'errors only'),
};

export function chosenFamilies(choice: FamilyChoice): readonly Family[] {
  return choice === 'all' ? families : [choice];
}
