// Which labels of a container are kept: a label may hold anything, a password too.

const prefixes = ['natmap.', 'com.docker.compose.'];

/** Where rules select by none. */
export const noLabels: ReadonlySet<string> = new Set();

/** @param selected the labels that rules select containers by */
export function isKeptLabel(key: string, selected: ReadonlySet<string>): boolean {
  return selected.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
}
