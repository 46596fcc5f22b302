// What --help and the man page say of natmap as a whole.

export const description =
  'Compiles rules.d and a Docker snapshot into NAT rules, shows them as a diff against the live ' +
  'iptables-save, and applies them as one transaction.';

/** Command lines that one begins with, and the question that each answers. */
export const firstSteps: readonly (readonly [string, string])[] = [
  ['natmap', 'what is there, and what comes next?'],
  ['natmap check', 'are the rules right?'],
  ['natmap diff', 'what would change?'],
  ['natmap apply', 'change it'],
  ['natmap status', 'is it so, and what goes through?'],
  ['natmap doctor', 'why does a mapping not work?'],
  ['natmap help diff', 'more about one command'],
];

/** Contract, section 7. */
export const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'done, or no difference'],
  ['1', 'diff or status found differences, or doctor something to fix'],
  ['2', 'bad usage or bad input; nothing was touched'],
  ['3', 'refused: the live rules changed under the plan, or another natmap runs'],
  ['4', 'apply failed, or was not confirmed; the state before is back'],
  ['5', 'apply failed, and going back failed too; what to do is printed'],
  ['70', 'internal error; the state is unknown, `natmap status` tells'],
  ['128+n', 'ended by signal n; the state before is back'],
];

/** What `natmap --help` prints below the commands. */
export function closingHelp(): string {
  const steps = firstSteps.map(([line, question]) => `  ${line.padEnd(22)}  ${question}`);
  const codes = exitCodes.map(([code, meaning]) => `  ${code.padEnd(5)}  ${meaning}`);
  return `\n${['Examples:', ...steps, '', 'Exit codes:', ...codes].join('\n')}`;
}
