// The claims of a rule set, in the order in which a new connection meets them.
import { isOwnedChain, isOwnedRule } from '../iptables/owned.ts';
import { findChain, findTable, type Ruleset } from '../iptables/ruleset.ts';
import { type Claim, readRule } from './claim.ts';

/** Where connections come in: from elsewhere, or from this host itself. */
export type Hook = 'PREROUTING' | 'OUTPUT';

export interface Claims {
  readonly claims: readonly Claim[];
  /** `-A CHAIN …` of rules that could not be read. */
  readonly unclear: readonly string[];
}

/** Our rules of the nat table behind a hook; where a jump leads to one of our chains, those of it. */
export function claimsBehind(hook: Hook, { family, tables }: Ruleset): Claims {
  const table = findTable({ family, tables }, 'nat');
  const claims: Claim[] = [];
  const unclear: string[] = [];
  const visit = (chain: string, mayPass: boolean, path: readonly string[]) => {
    for (const { spec } of findChain(table, chain)?.rules ?? []) {
      if (!isOwnedChain(chain) && !isOwnedRule(spec)) continue;
      const reading = readRule(chain, spec, family);
      if (reading.kind === 'claim' && isDecision(reading.claim, path)) {
        const { claim } = reading;
        claims.push(mayPass ? { ...claim, isConditional: true } : claim);
      } else if (reading.kind === 'jump' && !path.includes(reading.chain)) {
        visit(reading.chain, mayPass || reading.isConditional, [...path, reading.chain]);
      } else if (reading.kind !== 'nothing') {
        unclear.push(`-A ${chain} ${spec}`);
      }
    }
  };
  visit(hook, false, [hook]);
  return { claims, unclear };
}

/** What is left as it is in a chain further down may be claimed in the one that led there. */
function isDecision({ to }: Claim, path: readonly string[]): boolean {
  return to !== null || path.length <= 2;
}
