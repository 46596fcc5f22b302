// Our accepts stand in DOCKER-USER before rules with which an administrator refuses packets.
import { type ForwardMapping, isForward } from '../../compile/mapping.ts';
import { isOwnedRule } from '../../iptables/owned.ts';
import {
  findChain,
  findTable,
  type Rule,
  type Ruleset,
  type Table,
} from '../../iptables/ruleset.ts';
import { dockerUser, jumps } from '../../iptables/wanted.ts';
import { familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { iptablesLine } from '../commands.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { liveRules, mappingsOf } from '../host.ts';
import { forwarded } from '../journeys.ts';
import { affected, isForOthers } from '../mappings.ts';
import { fitOf } from '../traffic.ts';
import { conditionsOf } from '../walk.ts';

export const acceptBeforeDrop: Check = {
  code: 'accept-before-drop',
  find: (facts) => liveRules(facts).flatMap((live) => findPassed(live, facts)),
};

interface Refusal {
  /** Counted from 0. */
  readonly index: number;
  readonly rule: Rule;
}

const jump = jumps.find(({ chain }) => chain === dockerUser.chain);

function findPassed(live: Ruleset, facts: Facts): readonly Found[] {
  const table = findTable(live, dockerUser.table);
  const rules = findChain(table, dockerUser.chain)?.rules ?? [];
  const place = rules.findIndex(({ spec }) => spec === jump?.spec);
  if (table === undefined || place < 0) return [];
  const refusals = rules
    .map((rule, index): Refusal => ({ index, rule }))
    .filter(({ index, rule }) => index > place && refuses(rule, table, new Set()));
  const mappings = mappingsOf(facts, live.family).filter(isForward).filter(isForOthers);
  const passed = refusals.filter(({ rule }) => mappings.some((each) => meets(rule, each, facts)));
  const last = passed.at(-1);
  return last === undefined ? [] : [describe(passed, last.index, mappings, live, facts)];
}

/** Whether the rule refuses packets, itself or by a chain that it leads to. */
function refuses(rule: Rule, table: Table, seen: Set<string>): boolean {
  const { verdict } = conditionsOf(rule);
  if (verdict.kind === 'none' || seen.has(verdict.target)) return false;
  if (verdict.target === 'DROP' || verdict.target === 'REJECT') return true;
  seen.add(verdict.target);
  const next = isOwnedRule(rule.spec) ? undefined : findChain(table, verdict.target);
  return next?.rules.some((each) => refuses(each, table, seen)) ?? false;
}

function meets(rule: Rule, mapping: ForwardMapping, facts: Facts): boolean {
  return fitOf(conditionsOf(rule).conditions, forwarded(mapping, facts)) !== 'none';
}

function describe(
  passed: readonly Refusal[],
  last: number,
  mappings: readonly ForwardMapping[],
  { family }: Ruleset,
  facts: Facts,
): Found {
  const { chain } = dockerUser;
  const suffering = mappings.filter((each) => passed.some(({ rule }) => meets(rule, each, facts)));
  return {
    severity: 'warning',
    message: `in ${chain} (${familyNames[family]}) natmap's accepts come before rules that refuse packets`,
    reason: 'What a mapping lets in is accepted at once, so these rules never refuse it.',
    rules: passed.map(({ rule }) => `-A ${chain} ${rule.spec}`),
    affected: suffering.map(affected),
    // First the new place, then the old one goes: a mapping is never without its accepts.
    commands: [
      iptablesLine(facts, family, '-w', '-I', chain, `${last + 2}`, '-j', 'NATMAP'),
      iptablesLine(facts, family, '-w', '-D', chain, '-j', 'NATMAP'),
    ],
    note: 'apply leaves the jump where you put it; run this only if these rules are to go first',
  };
}
