// For a process that has to outlive what ends others: signals, and the kernel's search for memory.
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';

/**
 * SIGKILL and SIGSTOP cannot be ignored. The next four say that the process itself is broken: it would
 * stumble over the same instruction for ever. Of the others nothing but a default that ends or stops
 * a process is of interest. A listener for SIGUSR1 also keeps Node from opening its inspector.
 */
const left: ReadonlySet<string> = new Set([
  ...['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL'],
  ...['SIGCHLD', 'SIGCONT', 'SIGWINCH', 'SIGURG'],
]);

export function ignoreSignals(): void {
  const names = Object.keys(constants.signals) as NodeJS.Signals[];
  for (const name of names.filter((each) => !left.has(each))) process.on(name, () => undefined);
}

/** Where the kernel runs out of memory it ends other processes first (proc_pid_oom_score_adj(5)). */
export function lowerOomScore(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '-1000');
  } catch {
    // It needs CAP_SYS_RESOURCE, and the guard does its work without it too.
  }
}
