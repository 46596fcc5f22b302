// Rules of Docker's or of natmap's that were saved with all the others and come back at boot.
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { known, type SavedRules } from '../facts.ts';
import type { Found } from '../finding.ts';
import { holdsDockers, holdsOurs } from '../rulesets.ts';

export const savedRules: Check = {
  code: 'saved-rules',
  find: ({ savedRules: saved }) =>
    (known(saved) ?? [])
      .filter(({ rules }) => holdsDockers(rules) || holdsOurs(rules))
      .map(describe),
};

function describe({ path, rules }: SavedRules): Found {
  const whose = [
    ...(holdsDockers(rules) ? ["Docker's"] : []),
    ...(holdsOurs(rules) ? ["natmap's"] : []),
  ].join(' and ');
  return {
    severity: 'warning',
    message: `${path} holds ${whose} chains, and is loaded at boot`,
    reason:
      'They come back as they were when they were saved: connections go to addresses that may ' +
      'belong to other containers by then, until natmap is applied, and stale rules of Docker stay.',
    // DOCKER-USER's own rules are the administrator's, who may want them at boot.
    commands: [
      commandLine(
        ...['sed', '-i', '-E', '-e', `/${inChain('NATMAP([ -]|$)')}|--comment "?natmap:/d`],
        ...['-e', `/${inChain('DOCKER-USER( |$)')}/b`, '-e', `/${inChain('DOCKER([ -]|$)')}/d`],
        path,
      ),
    ],
  };
}

/** Where a chain is made, filled or jumped to, and not where somebody's comment names it. */
function inChain(name: string): string {
  return `(^:|-A |-[jg] )${name}`;
}
