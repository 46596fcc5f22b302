// natmap run again in a network namespace of its own, where it can load rules without touching ours.
import type { Backend } from './iptables.ts';
import type { Outcome, Run } from './program.ts';

/** Runs `natmap ARGS` in a namespace that ends with it; without root, in a user namespace too. */
export function runInNamespace(
  run: Run,
  script: string,
  args: readonly string[],
  input: string,
): Promise<Outcome> {
  const isolation = process.geteuid?.() === 0 ? ['--net'] : ['--net', '--map-root-user'];
  return run({
    program: 'unshare',
    args: [...isolation, '--', process.execPath, script, ...args],
    input,
    timeout: 60_000,
  });
}

/** The arguments of the hidden command that loads a payload and prints what iptables-save says. */
export function kernelFormArguments(backend: Backend, family: string): readonly string[] {
  return ['kernel-form', '--backend', backend, '--family', family];
}
