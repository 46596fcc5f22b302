// On which of its networks a container is meant, and whether an address there can be mapped to.
import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Located } from '../diagnostic/source.ts';
import { refuse } from './refuse.ts';
import type { Attachment, Container, DockerNetwork } from './snapshot.ts';

/** Addresses that this host cannot forward to, by the driver of the network, and why. */
const unreachable: ReadonlyMap<string, string> = new Map([
  ['macvlan', "its containers are on the outer network itself, past this host's NAT"],
  ['ipvlan', "its containers are on the outer network itself, past this host's NAT"],
  ['overlay', 'its addresses are only known inside of namespaces that the engine keeps'],
]);

/** What an entry says: the container, and on which network, or null. */
export interface Wish {
  readonly reference: Located<string>;
  readonly network: Located<string> | null;
}

/**
 * The network that the entry names, else the only one, else the one that the container's default
 * route goes to where that was asked for.
 *
 * @returns null after having reported why there is no such address
 */
export function chooseAttachment(
  container: Container,
  networks: ReadonlyMap<string, DockerNetwork>,
  wish: Wish,
  report: Report,
): Attachment | null {
  const attachment =
    wish.network === null
      ? unnamed(container, wish, report)
      : named(container, wish.network, report);
  if (attachment === null) return null;
  const reason = unreachableReason(attachment, networks);
  if (reason === null) return attachment;
  const message = `container ${container.name} ${reason}`;
  return refuse(report, wish.network ?? wish.reference, 'unusable-container', message);
}

function named(
  { name, attachments }: Container,
  network: Located<string>,
  report: Report,
): Attachment | null {
  const found = attachments.find((attachment) => attachment.network === network.value);
  if (found !== undefined) return found;
  const message = `container ${name} is not on network ${JSON.stringify(clip(network.value))}`;
  const hint = attachments.length === 0 ? 'it is on none' : `it is on: ${list(attachments)}`;
  return refuse(report, network, 'unknown-network', message, hint);
}

function unnamed(
  { name, attachments }: Container,
  { reference }: Wish,
  report: Report,
): Attachment | null {
  const [first, second] = [...attachments].sort((a, b) => b.gwPriority - a.gwPriority);
  if (first === undefined) {
    const message = `container ${name} has no address on any network`;
    return refuse(report, reference, 'unusable-container', message);
  }
  if (second === undefined) return first;
  const message = `container ${name} is on several networks: ${list(attachments)}`;
  const hint = 'choose one with network:';
  if (first.gwPriority === second.gwPriority) {
    return refuse(report, reference, 'ambiguous-network', message, hint);
  }
  report({
    code: 'implicit-network',
    severity: 'warning',
    message: `${message}; ${clip(first.network)} is taken, which has the highest gateway priority`,
    at: reference.at,
    hint,
  });
  return first;
}

/** Why no packet can be led there, or null. */
export function unreachableReason(
  { network, ipv4, ipv6 }: Attachment,
  networks: ReadonlyMap<string, DockerNetwork>,
): string | null {
  const driver = networks.get(network)?.driver ?? 'bridge';
  const where = `on network ${clip(network)}`;
  const reason = unreachable.get(driver);
  if (reason !== undefined) return `is ${where} (${driver}), which no port leads to: ${reason}`;
  return ipv4 === null && ipv6 === null ? `has no address ${where}` : null;
}

function list(attachments: readonly Attachment[]): string {
  const shown = attachments.slice(0, 10).map(({ network }) => clip(network));
  return [...shown, ...(attachments.length > 10 ? ['…'] : [])].join(', ');
}
