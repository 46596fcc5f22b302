// Whether Docker's daemon is configured to make rules: `docker info` does not print that it makes none.
import { readdirSync, readFileSync } from 'node:fs';
import { networkOfProcess } from './network-namespace.ts';

/** Where dockerd looks unless it is configured otherwise (dockerd(8), --config-file). */
const configFile = '/etc/docker/daemon.json';

/** Whether the daemon that runs here makes rules; null when neither of its sources can be read. */
export function makesRules(): boolean | null {
  return isConfiguredToMakeRules(daemonCommand(), readOrNull);
}

/**
 * What the words of dockerd, none where it is not seen, and its configuration say of `iptables`. The
 * one does not take the same setting as the other (dockerd refuses that), and true is the default.
 */
export function isConfiguredToMakeRules(
  command: readonly string[],
  read: (path: string) => string | null,
): boolean | null {
  const configured = command.map(readFlag).findLast((value) => value !== null);
  if (configured !== undefined) return configured;
  const text = read(flagValue(command, '--config-file') ?? configFile);
  if (text !== null) return readConfig(text);
  return command.length > 0 ? true : null;
}

/** Of `--iptables`, `--iptables=false` and `--iptables=true`; null of any other word. */
function readFlag(word: string): boolean | null {
  const [, value] = /^--?iptables(?:=(.*))?$/.exec(word) ?? [];
  if (value !== undefined) return !['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value);
  return word === '--iptables' ? true : null;
}

function flagValue(command: readonly string[], name: string): string | null {
  const index = command.findIndex((word) => word === name || word.startsWith(`${name}=`));
  const word = command[index];
  if (word === undefined) return null;
  return word === name ? (command[index + 1] ?? null) : word.slice(name.length + 1);
}

/** The words of the dockerd of this network, none when there is none or it may not be seen. */
function daemonCommand(): readonly string[] {
  // A daemon within a container has a network namespace of its own, and makes no rules here.
  const here = networkOfProcess('self');
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (readOrNull(`/proc/${id}/comm`)?.trim() !== 'dockerd' || networkOfProcess(id) !== here)
      continue;
    return (readOrNull(`/proc/${id}/cmdline`) ?? '').split('\0').filter(Boolean);
  }
  return [];
}

function readConfig(text: string): boolean | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null;
    return !(isObject && 'iptables' in value && value.iptables === false);
  } catch {
    return null;
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
