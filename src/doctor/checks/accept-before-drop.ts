// natmap's accepts stand in DOCKER-USER before rules with which an administrator refuses packets.
import { isForward, type Mapping } from '../../compile/mapping.ts';
import { isOwnedRule } from '../../iptables/owned.ts';
import type { Ruleset } from '../../iptables/ruleset.ts';
import { dockerUser, jumps } from '../../iptables/wanted.ts';
import { familyNames } from '../../net/family.ts';
import type { Chains } from '../../netfilter/evaluate-chain.ts';
import type { ReadRule } from '../../netfilter/tables.ts';
import { type PacketSet, setsOverlap } from '../../packet/packet-set.ts';
import type { Check } from '../check.ts';
import { iptablesLine } from '../commands.ts';
import { forwarded } from '../expected-paths.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { liveRules, mappingsOf } from '../host.ts';
import { liveTables } from '../live-tables.ts';
import { affected, isForOthers } from '../mappings.ts';
import { packetsOf } from '../packets.ts';

export const acceptBeforeDrop: Check = {
  code: 'accept-before-drop',
  find: (facts) => liveRules(facts).flatMap((live) => findPassed(live, facts)),
};

const jump = jumps.find(({ chain }) => chain === dockerUser.chain);

function findPassed(live: Ruleset, facts: Facts): readonly Found[] {
  const tables = liveTables(live, facts);
  const rules = tables.chain(dockerUser.table, dockerUser.chain)?.rules ?? [];
  const place = rules.findIndex(({ rule }) => rule.spec === jump?.spec);
  if (place < 0) return [];
  const refusing = rules.slice(place + 1).filter((rule) => refuses(rule, tables, new Set()));
  if (refusing.length === 0) return [];
  const mappings = mappingsOf(facts, live.family)
    .filter(isForward)
    .filter(isForOthers)
    .map((mapping): Forwarded => {
      const packets = packetsOf(forwarded(mapping, facts), tables.context.addresses);
      return { mapping, packets };
    });
  const passed = refusing.filter((rule) => mappings.some((each) => meets(rule, each)));
  const last = passed.at(-1);
  return last === undefined ? [] : [describe(passed, last, mappings, live, facts)];
}

/** A mapping, and its packets at the hook FORWARD. */
interface Forwarded {
  readonly mapping: Mapping;
  readonly packets: PacketSet;
}

/** Whether the rule drops or rejects packets, itself or by a chain that it jumps to. */
function refuses({ action, rule, table }: ReadRule, chains: Chains, seen: Set<string>): boolean {
  if (action.kind === 'drop' || action.kind === 'reject') return true;
  if (action.kind !== 'jump' && action.kind !== 'goto') return false;
  if (isOwnedRule(rule.spec) || seen.has(action.chain)) return false;
  seen.add(action.chain);
  const next = chains.chain(table, action.chain);
  return next?.rules.some((each) => refuses(each, chains, seen)) ?? false;
}

function meets(rule: ReadRule, { packets }: Forwarded): boolean {
  return setsOverlap(rule.packets.atMost, packets);
}

function describe(
  passed: readonly ReadRule[],
  last: ReadRule,
  mappings: readonly Forwarded[],
  { family }: Ruleset,
  facts: Facts,
): Found {
  const { chain } = dockerUser;
  const blocked = mappings.filter((each) => passed.some((rule) => meets(rule, each)));
  return {
    severity: 'warning',
    message: `in ${chain} (${familyNames[family]}) natmap's accepts come before rules that refuse packets`,
    reason: 'What a mapping lets in is accepted at once, so these rules never refuse it.',
    rules: passed.map(({ rule }) => `-A ${chain} ${rule.spec}`),
    affected: blocked.map(({ mapping }) => affected(mapping)),
    // First the new place, then the old one goes: a mapping is never without its accepts.
    commands: [
      iptablesLine(facts, family, '-w', '-I', chain, `${last.number + 1}`, '-j', 'NATMAP'),
      iptablesLine(facts, family, '-w', '-D', chain, '-j', 'NATMAP'),
    ],
    note: 'apply leaves the jump where you put it; run this only if these rules are to go first',
  };
}
