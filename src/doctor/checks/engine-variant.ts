// Docker makes its rules with the backend of iptables that natmap does not use.
import type { Ruleset } from '../../iptables/ruleset.ts';
import { families, familyNames, programNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { otherBackend } from '../commands.ts';
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
  const { backends, commands } = facts.intent;
  const [backend, other] = [backends[live.family], otherBackend(facts, live.family)];
  const name = programNames[live.family];
  return {
    severity: 'error',
    message: `Docker's ${familyNames[live.family]} rules are in ${name}-${other}, and natmap uses ${name}-${backend}`,
    reason:
      'What a mapping accepts here, Docker still refuses there; and there is a DOCKER-USER in each.',
    affected: mappingsOf(facts, live.family).map(affected),
    commands: [
      commandLine(...commands.apply, '--backend', other),
      ...(holdsOurs(live) ? [commandLine('natmap', 'flush', '--backend', backend)] : []),
    ],
  };
}
