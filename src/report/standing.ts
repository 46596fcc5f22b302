// Where one stands, and the next command to run: what `natmap` alone says.
import { visible } from '../diagnostic/visible.ts';
import { plural } from './diagnostics.ts';
import type { Style } from './style.ts';

export interface Standing {
  readonly rules: RulesStanding;
  readonly snapshot: SnapshotStanding;
  readonly live: LiveStanding;
}

export type RulesStanding =
  | { readonly kind: 'none'; readonly folder: string }
  | {
      readonly kind: 'found';
      readonly folder: string;
      readonly files: number;
      readonly mappings: number;
      /** `1 error, 2 warnings`, or null. */
      readonly said: string | null;
      readonly hasErrors: boolean;
    };

export type SnapshotStanding =
  | { readonly kind: 'file'; readonly path: string }
  /** The rules name containers, and none is there. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'not needed' };

export type LiveStanding =
  /** The rules have errors: there is nothing to compare with. */
  | { readonly kind: 'not compared' }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly isRoot: boolean }
  | { readonly kind: 'as wanted' }
  | { readonly kind: 'differs'; readonly summary: string };

export function formatStanding(standing: Standing, style: Style): string {
  const rows = [
    ['rules', rulesInWords(standing.rules)],
    ['snapshot', snapshotInWords(standing.snapshot)],
    ['live', liveInWords(standing.live)],
    ['next', nextSteps(standing)],
  ] as const;
  return rows
    .map(([label, text]) => {
      const lines = text
        .split('\n')
        .map(visible)
        .join(`\n${' '.repeat(indent)}`);
      const shown = label === 'next' ? style('bold', lines) : lines;
      return `${style('dim', label.padEnd(indent))}${shown}\n`;
    })
    .join('');
}

const indent = 10;

function rulesInWords(rules: RulesStanding): string {
  if (rules.kind === 'none') return `none: ${rules.folder} is missing or has no .yaml files`;
  const { folder, files, mappings, said } = rules;
  const count = `${plural(files, 'file')}, ${plural(mappings, 'mapping')}`;
  return `${folder}: ${count}; ${said ?? 'no errors, no warnings'}`;
}

function snapshotInWords(snapshot: SnapshotStanding): string {
  switch (snapshot.kind) {
    case 'file':
      return snapshot.path;
    case 'missing':
      return 'none, and the rules name containers';
    case 'not needed':
      return 'none, and none is needed';
  }
}

function liveInWords(live: LiveStanding): string {
  switch (live.kind) {
    case 'not compared':
      return 'not compared: the rules come first';
    case 'unreadable':
      return live.reason;
    case 'as wanted':
      return 'as wanted';
    case 'differs':
      return `an apply would change them: ${live.summary}`;
  }
}

const firstSteps = `write the first mapping to rules.d/10-web.yaml, as
  dnat:
    - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 80}
and run: natmap check`;

function nextSteps({ rules, snapshot, live }: Standing): string {
  const docker = snapshot.kind === 'file' ? ` --docker ${snapshot.path}` : '';
  if (rules.kind === 'none') return firstSteps;
  if (snapshot.kind === 'missing') return 'natmap snapshot -o snapshot.json';
  if (rules.hasErrors) return `natmap check${docker}`;
  switch (live.kind) {
    case 'not compared':
      return `natmap check${docker}`;
    case 'unreadable':
      return live.isRoot ? `natmap render${docker}` : `sudo natmap diff${docker}`;
    case 'as wanted':
      return `natmap status${docker}`;
    case 'differs':
      return `natmap diff${docker}\nnatmap apply${docker}`;
  }
}
