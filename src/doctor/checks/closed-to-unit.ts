// Rules, templates and snapshots that root can read now, and natmap.service at boot cannot.
import type { ClosedPath } from '../../diagnostic/closed-path.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { known } from '../facts.ts';
import type { Found } from '../finding.ts';

export const closedToUnit: Check = {
  code: 'closed-to-unit',
  find: ({ closedPaths }) => (known(closedPaths) ?? []).map(describe),
};

function describe(closed: ClosedPath): Found {
  const { path } = closed;
  const isHome = closed.kind === 'home';
  return {
    severity: 'error',
    message: `natmap.service cannot read ${path}`,
    reason: isHome
      ? 'The unit runs with ProtectHome=tmpfs and sees nothing below /home, /root and /run/user, so it fails at boot.'
      : `It belongs to user ${closed.owner} with mode ${closed.mode.toString(8).padStart(4, '0')}, and the unit runs without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, so it fails at boot.`,
    commands: isHome
      ? []
      : [commandLine('chown', 'root', path), commandLine('chmod', 'u+rX', path)],
    note: isHome ? 'put it below /etc/natmap' : null,
  };
}
