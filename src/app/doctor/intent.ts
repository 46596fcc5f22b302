// What the user wants, and the commands that would repeat it.
import type { Commands, Intent } from '../../doctor/facts.ts';
import type { Backends } from '../../iptables/ruleset.ts';
import type { Compiled } from '../inputs.ts';
import type { DoctorOptions } from '../options.ts';
import { chosenFamilies } from '../options.ts';

export function describeIntent(
  { mappings, wanted, snapshot, acceptMark }: Compiled,
  backends: Backends,
  options: DoctorOptions,
): Intent {
  const families = chosenFamilies(options.family);
  return {
    mappings: mappings.filter(({ family }) => families.includes(family)),
    wanted,
    snapshot,
    acceptMark,
    backends,
    commands: commandsOf(options),
  };
}

function commandsOf(options: DoctorOptions): Commands {
  const { rules, docker, dockerCommand, templates, dispatch, allowEmpty, family, backend } =
    options;
  const client = flag('--docker-command', dockerCommand);
  const isFile = docker !== undefined && docker !== '-' && docker !== 'live';
  const infix = backend === 'auto' ? '' : `-${backend}`;
  return {
    apply: [
      ...['natmap', 'apply'],
      ...flag('--rules', rules),
      ...flag('--docker', docker),
      ...(docker === 'live' ? client : []),
      ...flag('--templates', templates),
      ...(dispatch === 'off' ? flag('--dispatch', dispatch) : []),
      ...(allowEmpty ? ['--allow-empty'] : []),
      ...(family === 'all' ? [] : flag('--family', family)),
    ],
    backend: backend === 'auto' ? [] : flag('--backend', backend),
    snapshot: isFile
      ? ['natmap', 'snapshot', '-o', docker, ...flag('--rules', rules), ...client]
      : null,
    iptables: { ipv4: `iptables${infix}`, ipv6: `ip6tables${infix}` },
  };
}

function flag(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}
