// A payload loaded in a network namespace of its own, which ends with the programs in it: it can touch
// no rule of the host, and needs no root where users may have namespaces.
import { readlinkSync } from 'node:fs';
import { failureWords, type Outcome, type Run } from './program.ts';

export interface NamespacePrograms {
  readonly restore: string;
  readonly save: string;
}

export type NamespaceOutcome =
  /** No namespace was to be had, and nothing was loaded. */
  | { readonly kind: 'none'; readonly reason: string }
  /** The last program that was run in it, and how that ended; the text is what `save` printed. */
  | {
      readonly kind: 'ran';
      readonly last: keyof NamespacePrograms;
      readonly outcome: Outcome;
    };

/** Loads the payload and saves these tables: all of them would need root to be listed. */
export async function loadInNamespace(
  run: Run,
  { restore, save }: NamespacePrograms,
  payload: string,
  tables: readonly string[],
): Promise<NamespaceOutcome> {
  const own = ownName();
  if (own === null) return { kind: 'none', reason: 'the proc file system is not mounted here' };
  const script = ['sh', '-c', loadAndSave, 'natmap', own, restore, save, ...tables];
  // Not where root could do without: a user namespace refuses rules on the ids of other users.
  const user = process.geteuid?.() === 0 ? [] : ['--map-root-user'];
  const args = ['--net', ...user, '--', ...script];
  const outcome = await run({ program: 'unshare', args, input: payload, timeout: 120_000 });
  const last = lastProgram(outcome);
  return last === null
    ? { kind: 'none', reason: reasonOf(outcome) }
    : { kind: 'ran', last, outcome };
}

function ownName(): string | null {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch {
    return null;
  }
}

/**
 * A shell, because both programs have to run in the same namespace and it ends with the last process
 * in it. What it prints before a program begins is a comment to readers of iptables-save.
 *
 * The lock of legacy tools is a file that all namespaces share and only root can open; /proc/self/status
 * is another file for each process, so that no rehearsal waits for anybody.
 */
const loadAndSave = `set -e
own=$(readlink /proc/self/ns/net)
if [ "$own" = "$1" ]; then echo "unshare gave no namespace of its own" >&2; exit 1; fi
export XTABLES_LOCKFILE=/proc/self/status
echo "# restore"
"$2" --noflush --counters -w
echo "# save"
save=$3
shift 3
for table; do "$save" -t "$table"; done`;

function lastProgram({ stdout }: Outcome): keyof NamespacePrograms | null {
  if (!stdout.startsWith('# restore\n')) return null;
  return stdout.startsWith('# restore\n# save\n') ? 'save' : 'restore';
}

function reasonOf({ failure, stderr, code }: Outcome): string {
  if (failure === 'not-found') return 'unshare was not found on the PATH';
  return (
    stderr.trim().split('\n')[0] ||
    `unshare ${failure === null ? `ended with exit code ${code}` : failureWords[failure]}`
  );
}
