// Which labels of a container are kept: a label may hold anything, a password too.

/** Those that natmap reads itself: others of compose hold paths of the host, and hashes that change. */
const kept: ReadonlySet<string> = new Set(
  ['project', 'service', 'container-number', 'oneoff'].map((key) => `com.docker.compose.${key}`),
);

/** Where rules select by none. */
export const noLabels: ReadonlySet<string> = new Set();

/** @param selected the labels that rules select containers by */
export function isKeptLabel(key: string, selected: ReadonlySet<string>): boolean {
  return selected.has(key) || kept.has(key) || key.startsWith('natmap.');
}
