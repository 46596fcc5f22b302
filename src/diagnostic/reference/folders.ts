// Folders, files and sizes of the input.
import type { ReferenceEntries } from './entry.ts';

export const folderEntries = {
  'writable-rules': {
    severity: 'warning',
    only: 'check',
    says: 'Everyone on this host can write to the rules folder or to a file in it.',
    advice: 'Take the right away with `chmod o-w`.',
  },
  'ignored-file': {
    severity: 'warning',
    says: 'A file in the rules or templates folder that is not read.',
    advice: 'Rename or move it.',
  },
  'unreadable-file': {
    severity: 'error',
    says: 'A file in the rules folder cannot be read, is a symbolic link that leads out of the folder, or is not UTF-8 text.',
    advice: 'Change its permissions or its encoding, or put the file itself there.',
  },
  'no-rules': {
    severity: 'error',
    says: 'The rules folder is missing, has no `.yaml` files, or no entry in them counts: an empty rule set would remove every rule of natmap.',
    advice: 'Name a folder with `--rules DIR`, or add `--allow-empty`.',
  },
  'shared-rules': {
    severity: 'error',
    says: 'A command that changes the host would take the `rules.d` of the current folder by default, and group or others can write to it or to a file in it.',
    advice:
      'Take the right away with `chmod -R go-w rules.d`, or name the folder with `--rules rules.d`.',
  },
  'closed-to-unit': {
    severity: 'warning',
    says: 'Root reads a file of /etc/natmap, a template or a snapshot that natmap.service cannot read at boot: the unit runs without the capability to read files of other users, and sees no home.',
    advice: 'Make root the owner with `chown root`, or put the file below /etc/natmap.',
  },
  'too-many-rules': {
    severity: 'error',
    says: 'The ports and sources of the entries make more rules than natmap compiles.',
    advice: 'Use port ranges, wider networks, or an ipset in a template of your own.',
  },
  'too-many-errors': {
    severity: 'error',
    says: 'There are more errors than are shown.',
    advice: 'Fix those above first.',
  },
} as const satisfies ReferenceEntries;
