// Mappings that take a port from a running container for another target.
import { type ForwardMapping, isForward, type Mapping } from '../compile/mapping.ts';
import { external } from '../compile/words.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { placeKey } from '../diagnostic/source.ts';
import { isOnNftables } from '../docker/engine.ts';
import type { Container, Publication, Snapshot } from '../docker/snapshot.ts';
import { packetsToHost } from '../iptables/extensions/state.ts';
import type { Translation } from '../iptables/targets.ts';
import { addressValue, isUnspecified } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import { oneValue } from '../packet/dimensions.ts';
import { indexPackets } from '../packet/packet-index.ts';
import { type PacketSet, setsOverlap } from '../packet/packet-set.ts';
import { packetsFor, type RenderedChain, type RenderedRule, valuesOf } from './rendered-rules.ts';

interface Published {
  readonly publication: Publication;
  readonly container: Container;
  readonly packets: PacketSet;
}

/**
 * A warning; an error where Docker makes its rules with nftables, as then its translation and natmap's are
 * chains of one priority, and who started last decides.
 */
export function reportPublished(
  mappings: readonly Mapping[],
  chains: readonly RenderedChain[],
  snapshot: Snapshot,
  report: Report,
): void {
  const allTaken = findTaken(chains, publishedBy(snapshot));
  const isUndecided = isOnNftables(snapshot.engine);
  const reported = new Set<string>();
  for (const mapping of mappings) {
    if (!isForward(mapping)) continue;
    const taken = allTaken.get(mapping);
    if (taken === undefined) continue;
    // One place gives several mappings when it has several families or targets.
    const message = inWords(mapping, taken, isUndecided);
    const key = `${placeKey(mapping.at)} ${message}`;
    if (!reported.has(key)) {
      report({
        code: 'published-port-overlap',
        severity: isUndecided ? 'error' : 'warning',
        message,
        at: mapping.at,
      });
    }
    reported.add(key);
  }
}

/** For each mapping the publication with the lowest port that one of its rules takes. */
function findTaken(
  chains: readonly RenderedChain[],
  published: readonly Published[],
): ReadonlyMap<Mapping, Published> {
  const taken = new Map<Mapping, Published>();
  const index = indexPackets(published.map(({ packets }) => packets));
  for (const rule of chains.flatMap(({ rules }) => rules)) {
    const mappings = rule.mappings.filter(isForward);
    if (mappings.length === 0 || translationOf(rule) === null) continue;
    for (const number of index.candidates(valuesOf(rule.packets.atMost))) {
      const candidate = published[number];
      if (candidate === undefined || !setsOverlap(rule.packets.atMost, candidate.packets)) continue;
      for (const mapping of mappings) {
        if (takes(rule, mapping, candidate)) {
          const known = taken.get(mapping);
          if (known === undefined || isLower(candidate, known)) taken.set(mapping, candidate);
        }
      }
    }
  }
  return taken;
}

function isLower(a: Published, b: Published): boolean {
  return a.publication.hostPort < b.publication.hostPort;
}

function publishedBy({ containers }: Snapshot): Published[] {
  return containers
    .filter((container) => container.running)
    .flatMap((container) =>
      container.published.map((publication) => ({
        ...{ publication, container },
        packets: packetsTo(publication),
      })),
    );
}

/** Connections to the port; one that is published on every address is on all of the host. */
function packetsTo({ protocol, hostIp, hostPort }: Publication): PacketSet {
  const port = {
    protocol: oneValue(protocolNumbers[protocol]),
    destinationPort: oneValue(hostPort),
  };
  return isUnspecified(hostIp)
    ? packetsToHost(hostIp.family).map((box) => ({ ...box, ...port }))
    : [{ destination: oneValue(addressValue(hostIp)), ...port }];
}

/** Whether the rule forwards what is published to another place than the engine does. */
function takes(rule: RenderedRule, mapping: ForwardMapping, published: Published): boolean {
  const { publication, container, packets } = published;
  if (publication.hostIp.family !== mapping.family) return false;
  if (!setsOverlap(packetsFor(rule, mapping).atMost, packets)) return false;
  const translation = translationOf(rule);
  if (translation === null) return false;
  const isThere = container.attachments.some(
    (attachment) => attachment[mapping.family]?.text === translation.addresses?.first.text,
  );
  return !isThere || portInside(translation, publication.hostPort) !== publication.containerPort;
}

type Destination = Extract<Translation, { kind: 'destination' | 'source' }>;

function translationOf({ action }: RenderedRule): Destination | null {
  if (action.kind !== 'translate') return null;
  const { translation } = action;
  return translation.kind === 'destination' ? translation : null;
}

function portInside({ ports }: Destination, port: number): number | null {
  if (ports === null) return port;
  if (ports.base !== null) return port + ports.first - ports.base;
  return ports.first === ports.last ? ports.first : null;
}

function inWords(
  mapping: ForwardMapping,
  { publication, container }: Published,
  isUndecided: boolean,
): string {
  const taken = `${external(mapping)} takes port ${publication.hostPort} that container ${container.name} publishes`;
  return isUndecided
    ? `${taken}, and with Docker's nftables backend whichever started last gets it`
    : taken;
}
