// Commands as lines that a person pastes into a shell.
import { hasUnseen } from '../diagnostic/visible.ts';

/** The words as a line of bash that passes on exactly these words. */
export function commandLine(...words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/**
 * Sets a kernel setting by its path below /proc/sys. A dot in it belongs to an interface's name, so
 * such a path keeps its slashes, which sysctl(8) takes as well.
 */
export function sysctlLine(path: string, value: string): string {
  return commandLine('sysctl', '-w', `${sysctlName(path)}=${value}`);
}

export function sysctlName(path: string): string {
  return path.includes('.') ? path : path.replaceAll('/', '.');
}

/** How to keep a setting, in words. */
export function lasting(path: string, value: string): string {
  return `to keep it after a boot, write ${sysctlName(path)} = ${value} to a file in /etc/sysctl.d`;
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!hasUnseen(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // What would draw on the terminal is written as an escape, which bash reads back.
  return `$'${word.replace(/['\\]/g, '\\$&').replace(/\p{Cc}|[^ -~]/gu, escaped)}'`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
