// snat: what leaves with another source address, by address or by the name of a container or network.
import type { SnatEntry } from '../config/ruleset.ts';
import { clip } from '../diagnostic/clip.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Located } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/container-index.ts';
import { findUsable } from '../docker/find.ts';
import type { Container } from '../docker/snapshot.ts';
import { networkOf } from '../net/address.ts';
import { addressBits, families, familyNames } from '../net/family.ts';
import { findBridgedNetwork } from './bridged-network.ts';
import type { SnatMapping } from './mapping.ts';
import { endpointsOf } from './publish-target.ts';
import { reportNoSnapshot } from './snapshot-needed.ts';

/** What is translated, and the interface of its own network, which it does not leave by. */
type Inside = Pick<SnatMapping, 'int' | 'bridge'>;

/** A mapping for each network or address that the entry means, in the family of its external address. */
export function compileSnat(
  entry: SnatEntry,
  containers: ContainerIndex | null,
  report: Report,
): SnatMapping[] {
  const { at, name, kind, extIf } = entry;
  return insideOf(entry, containers, report).map(({ int, bridge }) => ({
    kind,
    family: int.family,
    origin: { kind, at, name },
    int,
    extIf,
    bridge: extIf === null ? bridge : null,
    ext: entry.extIp?.value ?? null,
  }));
}

function insideOf(
  entry: SnatEntry,
  index: ContainerIndex | null,
  report: Report,
): readonly Inside[] {
  const { inside } = entry;
  if (inside.kind === 'address') return [{ int: inside.network.value, bridge: null }];
  const { kind, reference } = inside;
  if (index === null) {
    reportNoSnapshot(`a ${kind} needs`, reference.at, report);
    return [];
  }
  const all =
    kind === 'network'
      ? insideOfNetwork(reference, index, report)
      : findUsable(index, reference, report).flatMap((container) =>
          insideOfContainer(container, entry, reference, index, report),
        );
  return ofOneFamily(all, entry, reference, report);
}

function insideOfNetwork(
  reference: Located<string>,
  index: ContainerIndex,
  report: Report,
): readonly Inside[] {
  const network = findBridgedNetwork(reference, index, report);
  return (network?.subnets ?? []).map((int) => ({ int, bridge: network?.bridge ?? null }));
}

function insideOfContainer(
  container: Container,
  { extIf }: SnatEntry,
  { at }: Located<string>,
  index: ContainerIndex,
  report: Report,
): readonly Inside[] {
  const everywhere = endpointsOf(container, index);
  const endpoints = families.flatMap((family) => everywhere[family]);
  const { name, attachments } = container;
  if (endpoints.length === 0) {
    const message = `container ${name} has no address that this host translates`;
    report({ code: 'unusable-container', severity: 'error', message, at });
  }
  if (extIf === null && endpoints.some(({ bridge }) => bridge === null)) {
    const names = attachments.map(({ network }) => clip(network)).join(' ');
    report({
      code: 'unknown-network',
      severity: 'error',
      message: `the snapshot lacks a network of container ${name}, whose interface the rule needs`,
      at,
      hint: `add ext_if, or what docker network inspect ${names} prints`,
    });
    return [];
  }
  return endpoints.map(({ address, bridge }) => ({
    int: networkOf(address, addressBits[address.family]),
    bridge,
  }));
}

/** Without an external address each family is masqueraded. */
function ofOneFamily(
  all: readonly Inside[],
  { extIp }: SnatEntry,
  { value: name }: Located<string>,
  report: Report,
): readonly Inside[] {
  if (extIp === null) return all;
  const { family } = extIp.value;
  const found = all.filter(({ int }) => int.family === family);
  if (found.length === 0 && all.length > 0) {
    const message = `ext_ip is ${familyNames[family]}, and ${clip(name)} has no ${familyNames[family]} address`;
    const hint = 'NAT does not cross families';
    report({ code: 'mixed-families', severity: 'error', message, at: extIp.at, hint });
  }
  return found;
}
