// Ports and sources multiply: 65,535 ports for 300 sources are 20 million rules, which would take all
// memory long before iptables saw them.
import type { Entry } from '../config/ruleset.ts';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Mapping } from './mapping.ts';

/** Pairs of a mapping and a source, each at least one rule: five times what a large host has. */
const mostRules = 500_000;

/** Takes the mappings of one entry after another, and rejects the first that are too many. */
export function createRuleLimit(report: Report, most = mostRules) {
  let left = most;
  return (entry: Entry, mappings: readonly Mapping[]): readonly Mapping[] => {
    const rules = mappings.reduce((sum, mapping) => sum + rulesOf(mapping), 0);
    if (rules <= left) {
      left -= rules;
      return mappings;
    }
    const message = `this entry makes at least ${rules} rules, and natmap compiles at most ${most} in all`;
    report({ code: 'too-many-rules', severity: 'error', message, at: entry.at });
    return [];
  };
}

function rulesOf(mapping: Mapping): number {
  if (mapping.kind === 'restriction') return 1;
  return 'sources' in mapping ? Math.max(1, mapping.sources?.length ?? 1) : 1;
}
