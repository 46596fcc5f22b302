// The values that both forms of a snapshot share, each read once and sound from then on.
import { type Address, type Network, parseAddress, parseNetwork } from '../net/address.ts';
import { type Family, familyNames } from '../net/family.ts';
import { interfaceProblem } from '../net/interface.ts';
import { type Cursor, complain, entries, optionalText, text } from './json.ts';
import { isKeptLabel } from './labels.ts';
import type { Container } from './snapshot.ts';

/** What a container may be called: RestrictedNameChars of moby's daemon/names. */
export function isContainerName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name);
}

/** @returns null when there is none, as in `""` */
export function readAddress(cursor: Cursor, family: Family): Address | null {
  const written = optionalText(cursor);
  if (written === undefined) return null;
  const address = parseAddress(written);
  if (address?.family === family) return address;
  complain(cursor, `is not an ${familyNames[family]} address`);
  return null;
}

export function readSubnet(cursor: Cursor): readonly Network[] {
  const written = optionalText(cursor);
  if (written === undefined) return [];
  const network = parseNetwork(written);
  return network === null ? (complain(cursor, 'is not a network') ?? []) : [network];
}

/** The labels that are kept; what stands in others is not even looked at. */
export function readLabels(
  cursor: Cursor,
  selected: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of entries(cursor)) {
    const written = isKeptLabel(key, selected) ? text(value) : undefined;
    if (written !== undefined) labels.set(key, written);
  }
  return labels;
}

/**
 * Compose's project and service, which it leaves as labels. A container that `docker compose run`
 * starts for one command is no replica of the service, though it has its labels.
 */
export function serviceOf(labels: ReadonlyMap<string, string>): Container['service'] {
  if (labels.get('com.docker.compose.oneoff') === 'True') return null;
  const project = labels.get('com.docker.compose.project');
  const name = labels.get('com.docker.compose.service');
  return project && name ? { project, name } : null;
}

/** The name of one interface, which is no wildcard; `''` counts as absent. */
export function readInterface(cursor: Cursor): string | null {
  const written = optionalText(cursor);
  if (written === undefined) return null;
  if (interfaceProblem(written) === null && !written.endsWith('+')) return written;
  complain(cursor, 'is no name that an interface can have');
  return null;
}
