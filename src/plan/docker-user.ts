// The place of natmap's jump in DOCKER-USER when it is made: what an administrator, fail2ban or ufw-docker drops
// or rejects there is dropped first, as an accept of natmap's would be final.
import { isOwnedRule } from '../iptables/owned.ts';
import { rulePackets } from '../iptables/rule-packets.ts';
import type { Rule, Table } from '../iptables/ruleset.ts';
import { readSavedRule } from '../iptables/saved-rule.ts';
import { type Action, actionOf } from '../iptables/targets.ts';
import type { Family } from '../net/family.ts';
import { everyPacket, setCovers } from '../packet/packet-set.ts';

/**
 * The index behind the last rule that may drop or reject, and before one that ends the chain for all packets.
 * A chain that is jumped to counts as one that may: fail2ban's drops nobody until the first ban.
 */
export function placeInDockerUser(
  rules: readonly Rule[],
  { chains }: Table,
  family: Family,
): number {
  const names = new Set(chains.map(({ name }) => name));
  let place = 0;
  for (const [index, { spec }] of rules.entries()) {
    if (isOwnedRule(spec)) continue;
    const saved = readSavedRule(spec);
    const { kind } = actionOf(saved.verdict, family, (name) => names.has(name));
    if (kind === 'return' || kind === 'accept') {
      const { atLeast } = rulePackets(saved, { family, addresses: null });
      if (setCovers(atLeast, everyPacket) === true) return place;
    }
    if (mayBlock(kind)) place = index + 1;
  }
  return place;
}

function mayBlock(kind: Action['kind']): boolean {
  switch (kind) {
    case 'drop':
    case 'reject':
    case 'queue':
    case 'jump':
    case 'goto':
    case 'unknown':
      return true;
    case 'accept':
    case 'return':
    case 'continue':
    case 'untrack':
    case 'translate':
      return false;
  }
}
