// Where one stands, and the next command to run: what `natmap` alone says.
import { visible } from '../diagnostic/visible.ts';
import { plural } from './diagnostics.ts';
import type { Style } from './style.ts';

export interface Standing {
  readonly rules: RulesStanding;
  readonly snapshot: SnapshotStanding;
  readonly live: LiveStanding;
  /** Seconds that are left to confirm an apply, or null. */
  readonly secondsToConfirm: number | null;
}

export type RulesStanding =
  | { readonly kind: 'none'; readonly folder: string }
  /** Files of nothing but comments, as a package installs them. */
  | { readonly kind: 'blank'; readonly folder: string; readonly files: number }
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
  | { readonly kind: 'in sync' }
  | { readonly kind: 'differs'; readonly summary: string };

export function formatStanding(standing: Standing, style: Style): string {
  const { rules, snapshot, live, secondsToConfirm: left } = standing;
  const rows = [
    ['rules', rulesInWords(rules)],
    ['snapshot', snapshotInWords(snapshot)],
    ['live', liveInWords(live)],
    ...(left === null ? [] : [['waits', `an apply awaits confirmation (${left} s left)`] as const]),
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
  const { folder, files } = rules;
  if (rules.kind === 'blank') return `${folder}: ${plural(files, 'file')}, with comments only`;
  const { mappings, said } = rules;
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
    case 'in sync':
      return 'in sync';
    case 'differs':
      return `an apply would change them: ${live.summary}`;
  }
}

function firstSteps(folder: string): string {
  return `write the first mapping to ${folder}/10-web.yaml, as
  dnat:
    - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 80}
and run: natmap check`;
}

function nextSteps({ rules, snapshot, live, secondsToConfirm }: Standing): string {
  const docker = snapshot.kind === 'file' ? ` --docker ${snapshot.path}` : '';
  if (secondsToConfirm !== null) return 'natmap confirm\nnatmap rollback';
  if (rules.kind !== 'found') return firstSteps(rules.folder);
  if (snapshot.kind === 'missing') return 'natmap snapshot -o snapshot.json';
  if (rules.hasErrors) return `natmap check${docker}`;
  switch (live.kind) {
    case 'not compared':
      return `natmap check${docker}`;
    case 'unreadable':
      return live.isRoot ? `natmap render${docker}` : `sudo natmap diff${docker}`;
    case 'in sync':
      return `natmap status${docker}`;
    case 'differs':
      return `natmap diff${docker}\nnatmap apply${docker}`;
  }
}
