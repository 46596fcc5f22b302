// Docker makes its rules with the variant of iptables that natmap does not use.
import type { Ruleset } from '../../iptables/ruleset.ts';
import { families, familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { otherVariant } from '../commands.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { mappingsOf } from '../host.ts';
import { affected } from '../mappings.ts';
import { holdsDockers, holdsOurs } from '../rulesets.ts';

export const engineVariant: Check = {
  code: 'engine-variant',
  find: (facts) =>
    families.flatMap((family) => {
      const [live, other] = [facts.rules[family], facts.otherRules[family]].map(known);
      const isElsewhere = live && other && holdsDockers(other) && !holdsDockers(live);
      return isElsewhere ? [describe(live, facts)] : [];
    }),
};

function describe(live: Ruleset, facts: Facts): Found {
  const { variant, commands } = facts.intent;
  const other = otherVariant(facts);
  return {
    severity: 'error',
    message: `Docker's ${familyNames[live.family]} rules are in iptables-${other}, and natmap uses iptables-${variant}`,
    reason:
      'What a mapping accepts here, Docker still refuses there; and there is a DOCKER-USER in each.',
    affected: mappingsOf(facts, live.family).map(affected),
    commands: [
      commandLine(...commands.apply, '--backend', other),
      ...(holdsOurs(live) ? [commandLine('natmap', 'flush', '--backend', variant)] : []),
    ],
  };
}
