// What --help and the man page say of natmap as a whole.

export const description =
  'Compiles rules.d and a Docker snapshot into NAT rules, shows them as a diff against the live ' +
  'iptables-save, and applies them as one transaction.';

/** First command lines, and what each does. */
export const firstSteps: readonly (readonly [string, string])[] = [
  ['natmap', 'show an overview and the next command'],
  ['natmap check', 'validate the rules'],
  ['natmap diff', 'show what would change'],
  ['natmap apply', 'apply the change'],
  ['natmap status', 'compare live and desired state, show counters'],
  ['natmap doctor', 'diagnose why a mapping does not work'],
  ['natmap help diff', 'show the help of one command'],
];

/** Contract, section 7. */
export const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'done, or no difference'],
  ['1', 'diff or status found differences, or doctor found problems'],
  ['2', 'bad usage or bad input; nothing was touched'],
  ['3', 'rejected: the plan is stale, or another natmap holds the lock'],
  ['4', 'apply failed, or was not confirmed; the previous state is restored'],
  ['5', 'apply failed and the revert failed too; what to do is printed'],
  ['70', 'internal error; the state is unknown, run natmap status'],
  ['128+n', 'ended by signal n; the previous state is restored'],
];

/** What `natmap --help` prints below the commands. */
export function closingHelp(): string {
  const steps = firstSteps.map(([line, question]) => `  ${line.padEnd(22)}  ${question}`);
  const codes = exitCodes.map(([code, meaning]) => `  ${code.padEnd(5)}  ${meaning}`);
  return `\n${['Examples:', ...steps, '', 'Exit codes:', ...codes].join('\n')}`;
}
