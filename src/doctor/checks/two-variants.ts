// Rules of both variants of iptables at once: every packet passes both.
import type { Ruleset } from '../../iptables/ruleset.ts';
import { families, familyNames } from '../../net/family.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { otherVariant } from '../commands.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { countForeign, holdsDockers, holdsOurs } from '../rulesets.ts';

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
  const variant = otherVariant(facts);
  return [
    {
      severity: 'error',
      message: `iptables-${variant} holds ${familyNames[other.family]} rules of natmap's as well`,
      reason:
        'They are left over from an apply with that variant: mappings of that time still hold, ' +
        'and no apply with this variant changes them.',
      commands: [commandLine('natmap', 'flush', '--backend', variant, '--family', other.family)],
    },
  ];
}

/** Docker's rules in the other variant only are another check's matter. */
function findForeign(other: Ruleset, facts: Facts): readonly Found[] {
  const live = known(facts.rules[other.family]);
  const count = countForeign(other);
  if (live === null || count === 0 || countForeign(live) === 0) return [];
  if (holdsDockers(other) && !holdsDockers(live)) return [];
  const variant = otherVariant(facts);
  const program = `${other.family === 'ipv4' ? 'iptables' : 'ip6tables'}-${variant}`;
  return [
    {
      severity: 'warning',
      message: `${program} holds ${count} ${familyNames[other.family]} rules beside those of iptables-${facts.intent.variant}`,
      reason:
        'Every packet passes both, and a rule there can refuse what a mapping accepts here: ' +
        'nothing that natmap shows tells of it.',
      commands: [commandLine(`${program}-save`)],
      note: `have whoever loads these rules use iptables-${facts.intent.variant} (update-alternatives --config iptables), and restart the host or empty the tables`,
    },
  ];
}
