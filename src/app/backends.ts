// The backend of each family: what its own programs are, or what an apply on record was made with.
import {
  type BackendChoice,
  createIptables,
  type Failure,
  type Identity,
} from '../host/iptables.ts';
import type { Run } from '../host/program.ts';
import type { Backend, Backends, Ruleset } from '../iptables/ruleset.ts';
import { type Family, families, programNames } from '../net/family.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import { chosenFamilies, type LiveOptions, liveFile } from './options.ts';

/** What the programs of one family are called, and what they are. */
interface Found {
  readonly choice: BackendChoice;
  readonly identity: Identity;
}

export interface FoundBackends {
  readonly choices: Readonly<Record<Family, BackendChoice>>;
  readonly backends: Backends;
  readonly identities: Readonly<Record<Family, Identity>>;
}

/**
 * Asks the programs of each chosen family. Where no backend was chosen and a family was changed with
 * another one than its programs are now, that one's are taken: the way back leads to its rules.
 *
 * @param recorded the backends that the families were changed with
 * @param unreadable the error for a family whose programs do not answer
 * @throws Stop when a family has no programs, or none of the backend on record
 */
export async function findBackends(
  options: LiveOptions,
  recorded: Partial<Backends>,
  run: Run,
  unreadable: (failure: Failure, family: Family) => Stop,
): Promise<FoundBackends> {
  const found = new Map<Family, Found>();
  for (const family of chosenFamilies(options.family)) {
    const identity = await ask(family, options.backend, options, run, unreadable);
    if (identity === null) continue;
    const own = { choice: options.backend, identity };
    const needed = recorded[family] ?? identity.backend;
    const isSame = needed === identity.backend;
    found.set(family, isSame ? own : await asRecorded(family, own, needed, run));
  }
  // A family that is not chosen, or that this host has no programs for, is planned nothing in.
  const any = found.values().next().value ?? { choice: options.backend, identity: unasked };
  const { ipv4 = any, ipv6 = any } = Object.fromEntries(found);
  return {
    choices: { ipv4: ipv4.choice, ipv6: ipv6.choice },
    backends: { ipv4: ipv4.identity.backend, ipv6: ipv6.identity.backend },
    identities: { ipv4: ipv4.identity, ipv6: ipv6.identity },
  };
}

const unasked: Identity = { backend: 'nft', version: null };

/** Files need no iptables: the backend is what the flag says, what the file tells later, or nft. */
async function ask(
  family: Family,
  choice: BackendChoice,
  options: LiveOptions,
  run: Run,
  unreadable: (failure: Failure, family: Family) => Stop,
): Promise<Identity | null> {
  if (liveFile(options, family) !== undefined) {
    return choice === 'auto' ? unasked : { backend: choice, version: null };
  }
  const answer = await createIptables(choice, run).identify(family);
  if (answer.ok) return answer.value;
  // Reading the family says more, and whether it matters.
  const isLacking = ['not-found', 'unsupported'].includes(answer.failure.reason);
  if (family === 'ipv6' && isLacking) return null;
  throw unreadable(answer.failure, family);
}

async function asRecorded(
  family: Family,
  { choice, identity: { backend } }: Found,
  needed: Backend,
  run: Run,
): Promise<Found> {
  const name = programNames[family];
  const message = `this apply was made with ${name}-${needed}, and this is ${name}-${backend}`;
  if (choice !== 'auto') throw new Stop(exitCode.badInput, message, 'leave --backend out');
  const answer = await createIptables(needed, run).identify(family);
  if (answer.ok && answer.value.backend === needed) {
    return { choice: needed, identity: answer.value };
  }
  const hint = `switch back: update-alternatives --set ${name} /usr/sbin/${name}-${needed}`;
  throw new Stop(exitCode.badInput, message, hint);
}

/** The backends, with those of the programs that printed the files, where no flag says which. */
export function backendsPrinted(
  backends: Backends,
  lives: readonly Ruleset[],
  options: LiveOptions,
): Backends {
  const printed = lives.flatMap(({ family, printer }) => {
    const backend = printer?.backend ?? null;
    const isAsked = options.backend === 'auto' && liveFile(options, family) !== undefined;
    return backend !== null && isAsked ? [[family, backend]] : [];
  });
  return { ...backends, ...Object.fromEntries(printed) };
}

/** Each family works by itself; but who looks with one name of the two sees half of the rules. */
export function warnOfMix(
  { backends }: FoundBackends,
  options: LiveOptions,
  console: Console,
): void {
  const asked = chosenFamilies(options.family).filter((family) => !liveFile(options, family));
  if (asked.length < families.length || backends.ipv4 === backends.ipv6) return;
  console.say(
    `warning: iptables is ${backends.ipv4} and ip6tables is ${backends.ipv6}: natmap uses each as it is` +
      ` (for one backend: update-alternatives --set ip6tables /usr/sbin/ip6tables-${backends.ipv4})`,
  );
}
