// A built-in chain without its jump to natmap's chain.
import type { Mapping } from '../../compile/mapping.ts';
import { ruleLine } from '../../iptables/print.ts';
import { findChain, findTable, type Ruleset } from '../../iptables/ruleset.ts';
import { dockerUser, type Jump, jumps } from '../../iptables/wanted.ts';
import { type Family, familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { applyLine } from '../commands.ts';
import { expectedPaths } from '../expected-paths.ts';
import type { Facts } from '../facts.ts';
import { liveRules } from '../host.ts';
import { affected } from '../mappings.ts';

export const jumpMissing: Check = {
  code: 'jump-missing',
  find(facts) {
    const missing = liveRules(facts).flatMap(missingIn);
    if (missing.length === 0) return [];
    const suffering = facts.intent.mappings.filter((mapping) => {
      const ways = missing.filter(({ family }) => family === mapping.family);
      return ways.length > 0 && ways.some(({ way }) => passes(mapping, way, facts));
    });
    const chains = missing.map(({ family, chain }) => `${chain} (${familyNames[family]})`);
    return [
      {
        severity: 'error',
        message: `the jump to natmap's chain is missing from ${chains.join(', ')}`,
        reason:
          'Somebody has removed the jump, as a firewall does that reloads its own rules: ' +
          'packets never reach the rules of the mappings.',
        rules: [...new Set(missing.map(lineOf))],
        affected: suffering.map(affected),
        commands: [applyLine(facts)],
      },
    ];
  },
};

/** A jump of natmap's, or the one to DOCKER-USER that ours stands behind; `way` is ours. */
interface Needed {
  readonly family: Family;
  readonly chain: string;
  readonly spec: string;
  readonly way: Jump;
}

function missingIn(live: Ruleset): readonly Needed[] {
  return jumps
    .flatMap((jump) => neededFor(jump, live.family))
    .filter((needed) => isMissing(needed, live));
}

function neededFor(way: Jump, family: Family): readonly Needed[] {
  const own: Needed = { family, chain: way.chain, spec: way.spec, way };
  const before: Needed = { family, chain: dockerUser.from, spec: `-j ${dockerUser.chain}`, way };
  return way.chain === dockerUser.chain ? [own, before] : [own];
}

/** A chain of natmap's that is not there either has not been made yet, which another check says. */
function isMissing({ chain, spec, way }: Needed, live: Ruleset): boolean {
  const table = findTable(live, way.table);
  if (findChain(table, way.target) === undefined) return false;
  return !(findChain(table, chain)?.rules.some((rule) => rule.spec === spec) ?? false);
}

function passes(mapping: Mapping, way: Jump, facts: Facts): boolean {
  return expectedPaths(mapping, facts).some(({ jump }) => jump === way);
}

function lineOf({ chain, spec, way }: Needed): string {
  return `-t ${way.table} ${ruleLine(chain, spec)}`;
}
