/**
 * What tells iptables to do something else than to hold a rule: none may come out of a template.
 * Short options of getopt's string in iptables/xshared.h, and the long ones that stand for them.
 */
export function isCommand(word: string): boolean {
  // Short options without a value may stand before it in the same word: `-fM/tmp/x`. A line with -4
  // or -6 is skipped by the tools of the other family.
  return /^-[f0]*[46ACDEFIRLNSXPZVMhtwWvnxbc]/.test(word) || isLongCommand(word);
}

/** getopt_long(3) takes every beginning of a name; some are names of their own. */
function isLongCommand(word: string): boolean {
  const name = word.replace(/=.*$/s, '');
  if (name.length < 3 || ownNames.has(name)) return false;
  return commands.some((command) => command.startsWith(name));
}

/** Options of the matches `recent` and `policy`. */
const ownNames: ReadonlySet<string> = new Set(['--set', '--pol']);

const commands: readonly string[] = [
  '--append',
  '--check',
  '--delete',
  '--delete-chain',
  '--exact',
  '--flush',
  '--help',
  '--ipv4',
  '--ipv6',
  '--insert',
  '--line-numbers',
  '--list',
  '--list-rules',
  '--modprobe',
  '--new-chain',
  '--numeric',
  '--policy',
  '--rename-chain',
  '--replace',
  '--set-counters',
  '--table',
  '--verbose',
  '--version',
  '--wait',
  '--wait-interval',
  '--zero',
];
