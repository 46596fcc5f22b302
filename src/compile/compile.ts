// RuleSet and Snapshot to mappings of both families.
import type { Entry, EntryKind, RuleSet } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import { type ContainerIndex, indexContainers } from '../docker/container-index.ts';
import type { Snapshot } from '../docker/snapshot.ts';
import { compileDnat } from './dnat.ts';
import { compileDocker } from './docker.ts';
import { dropDuplicates } from './duplicates.ts';
import { compileHairpin } from './hairpin.ts';
import { joinRestrictions } from './join-restrictions.ts';
import type { Mapping } from './mapping.ts';
import { compileMasquerade, isolate } from './masquerade.ts';
import { reportMissingNetworks } from './missing-networks.ts';
import { compilePublish } from './publish.ts';
import { createRuleLimit } from './rule-limit.ts';
import { compileSnat } from './snat.ts';

/** Rules stand in this order of kinds, so that moving a section within a file changes nothing. */
const order: readonly EntryKind[] = ['dnat', 'snat', 'hairpin', 'docker', 'publish', 'masquerade'];

/**
 * Compiles every entry. Whether the mappings go together is judged on their rules (analysis/judge.ts).
 *
 * @param snapshot null when none was given
 */
export function compile(ruleSet: RuleSet, snapshot: Snapshot | null, report: Report): Mapping[] {
  const containers = snapshot === null ? null : indexContainers(snapshot);
  const entries = order.flatMap((kind) => ruleSet.entries.filter((entry) => entry.kind === kind));
  const limit = createRuleLimit(report);
  const all = entries.flatMap((entry) => limit(entry, compileEntry(entry, containers, report)));
  const mappings = joinRestrictions(dropDuplicates(all, report));
  if (snapshot !== null) {
    const left = all.filter((each) => each.kind === 'restriction' && each.admitted === null);
    reportMissingNetworks([...mappings, ...left], snapshot, report);
  }
  return [...mappings, ...isolate(mappings, containers)];
}

function compileEntry(
  entry: Entry,
  containers: ContainerIndex | null,
  report: Report,
): readonly Mapping[] {
  switch (entry.kind) {
    case 'dnat':
      return compileDnat(entry);
    case 'snat':
      return compileSnat(entry, containers, report);
    case 'hairpin':
      return compileHairpin(entry, report);
    case 'docker':
      return compileDocker(entry, containers, report);
    case 'publish':
      return compilePublish(entry, containers, report);
    case 'masquerade':
      return compileMasquerade(entry, containers, report);
  }
}
