// Rules of both backends of iptables at once: every packet passes both.
import type { Ruleset } from '../../iptables/ruleset.ts';
import { families, familyNames, programNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { otherBackend } from '../commands.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { countDropPolicies, countForeign, holdsDockers, holdsOurs } from '../rulesets.ts';

export const twoVariants: Check = {
  code: 'two-variants',
  find: (facts) =>
    families.flatMap((family) => {
      const other = known(facts.otherRules[family]);
      if (other === null) return [];
      return [...findOurs(other, facts), ...findForeign(other, facts)];
    }),
};

function findOurs(other: Ruleset, facts: Facts): readonly Found[] {
  if (!holdsOurs(other)) return [];
  const backend = otherBackend(facts, other.family);
  return [
    {
      severity: 'error',
      message: `${programNames[other.family]}-${backend} holds ${familyNames[other.family]} rules of natmap's as well`,
      reason:
        'They are left over from an apply with that backend: mappings of that time still hold, ' +
        'and no apply with this backend changes them.',
      commands: [commandLine('natmap', 'flush', '--backend', backend, '--family', other.family)],
    },
  ];
}

/** Docker's rules in the other backend only are another check's matter. */
function findForeign(other: Ruleset, facts: Facts): readonly Found[] {
  const live = known(facts.rules[other.family]);
  if (live === null || !decidesAnything(other) || !decidesAnything(live)) return [];
  if (holdsDockers(other) && !holdsDockers(live)) return [];
  const name = programNames[other.family];
  const program = `${name}-${otherBackend(facts, other.family)}`;
  const own = `${name}-${facts.intent.backends[other.family]}`;
  return [
    {
      severity: 'warning',
      message: `${program} ${contentOf(other)} beside ${own}`,
      reason:
        'Every packet passes both, and a rule there can refuse what a mapping accepts here: ' +
        'nothing that natmap shows tells of it.',
      commands: [commandLine(`${program}-save`)],
      note: `have the program that loads these rules use ${own} (update-alternatives --config ${name}), and restart the host or empty the tables`,
    },
  ];
}

function decidesAnything(ruleset: Ruleset): boolean {
  return countForeign(ruleset) + countDropPolicies(ruleset) > 0;
}

function contentOf(ruleset: Ruleset): string {
  const family = familyNames[ruleset.family];
  const [rules, policies] = [countForeign(ruleset), countDropPolicies(ruleset)];
  return [
    ...(rules === 0 ? [] : [`holds ${rules} ${family} ${rules === 1 ? 'rule' : 'rules'}`]),
    ...(policies === 0
      ? []
      : [`drops by the policy of ${policies} ${family} ${policies === 1 ? 'chain' : 'chains'}`]),
  ].join(' and ');
}
