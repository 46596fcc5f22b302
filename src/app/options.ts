// What the flags that commands share parse to: contract, section 7.
import type { BackendChoice } from '../host/iptables.ts';
import { type Family, families } from '../net/family.ts';
import type { ColorChoice } from '../report/style.ts';

export type FamilyChoice = Family | 'all';

/** How much is reported of what is done: 0 by default, 1 with -v, 2 with -vv. */
export type Verbosity = number;

export interface OutputOptions {
  readonly color: ColorChoice;
  readonly quiet?: true;
  readonly verbose?: Verbosity;
}

/** What to ask for containers. */
export interface EngineOptions extends OutputOptions {
  /** Docker's client where nothing is said. */
  readonly dockerCommand?: string;
}

export interface InputOptions extends EngineOptions {
  readonly rules?: string;
  /** A file, `-` or `live`. */
  readonly docker?: string;
  readonly templates?: string;
  /** By default trees. */
  readonly dispatch?: DispatchChoice;
  readonly family: FamilyChoice;
  readonly allowEmpty?: true;
  /** Set by a command that makes the rules those of the host. */
  readonly changesHost?: true;
}

export const dispatchChoices = ['auto', 'off'] as const;

/** Whether long chains become trees. */
type DispatchChoice = (typeof dispatchChoices)[number];

/** Where the rules are applied. */
export interface HostOptions {
  readonly family: FamilyChoice;
  readonly backend: BackendChoice;
}

export interface LiveOptions extends HostOptions {
  readonly live?: string;
  readonly live6?: string;
}

export interface DoctorOptions extends InputOptions, LiveOptions {
  readonly json?: true;
}

/** Where natmap keeps what it did, and how long it waits for another natmap. */
export interface StateOptions {
  readonly stateDir: string;
  /** Seconds. */
  readonly lockTimeout: number;
}

export const checkFormats = ['text', 'json', 'github', 'sarif'] as const;

export type CheckFormat = (typeof checkFormats)[number];

export const diffFormats = ['text', 'json', 'markdown'] as const;

export type DiffFormat = (typeof diffFormats)[number];

export function chosenFamilies(choice: FamilyChoice): readonly Family[] {
  return choice === 'all' ? families : [choice];
}

/** The file that stands for the live rules of the family. */
export function liveFile({ live, live6 }: LiveOptions, family: Family): string | undefined {
  return family === 'ipv4' ? live : live6;
}
