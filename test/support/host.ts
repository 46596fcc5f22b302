/** natmap's own stages, in this process, on the real kernel of a namespace. */
import { createIptables, type Iptables } from '../../src/host/iptables.ts';
import { programRunner, type Run } from '../../src/host/program.ts';
import type { Variant } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { which } from './process.ts';

/** The programs of the namespace, as natmap runs them. */
export function iptablesIn(ns: Namespace, variant: Variant): Iptables {
  return createIptables(variant, runIn(ns));
}

function runIn(ns: Namespace): Run {
  const run = programRunner({ ...process.env, ...ns.env });
  return ({ program, args, ...call }) => {
    const [command, inside] = ns.inside(which(program), ...args);
    return run({ ...call, program: command, args: inside });
  };
}
