// The live rules of the chosen families: from iptables-save, or from the files that stand for it.
import { existsSync } from 'node:fs';
import { type Live, readLive } from '../apply/load.ts';
import { formatPlace, startOf } from '../diagnostic/source.ts';
import { visible } from '../diagnostic/visible.ts';
import { readSaveText } from '../host/files.ts';
import { asPrinted, createIptables, type Failure, type Iptables } from '../host/iptables.ts';
import { requireProc } from '../host/network-namespace.ts';
import { programRunner, type Run } from '../host/program.ts';
import { parseSave } from '../iptables/parse.ts';
import { cleanPasted, familyOf } from '../iptables/pasted.ts';
import { type Backends, findTable, type Ruleset } from '../iptables/ruleset.ts';
import { type Family, familyNames } from '../net/family.ts';
import { type FoundBackends, findBackends, warnOfMix } from './backends.ts';
import type { Console } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import { warnOfOld } from './old-iptables.ts';
import { chosenFamilies, type LiveOptions, liveFile } from './options.ts';
import { warnOfNotes, withNamesTaken } from './table-notes.ts';

/** The programs to read and change the live state with. */
export interface Host {
  readonly iptables: Iptables;
  readonly backends: Backends;
  readonly identities: FoundBackends['identities'];
  readonly run: Run;
}

/**
 * @param recorded see {@link findBackends}
 * @throws Stop when there is no iptables, and files do not stand for all that it would be asked
 */
export async function openHost(
  options: LiveOptions,
  console: Console,
  recorded: Partial<Backends> = {},
): Promise<Host> {
  const run = programRunner(process.env);
  const found = await findBackends(options, recorded, run, unreadable);
  warnOfMix(found, options, console);
  const { choices, backends, identities } = found;
  return { iptables: createIptables(choices, run), backends, identities, run };
}

/**
 * The live state; a family that the kernel lacks is left out.
 *
 * @param isWanted whether anything is wanted in a family: one that the kernel lacks is then an error
 * @throws Stop when a family cannot be read
 */
export async function readLives(
  { iptables, identities, run }: Host,
  options: LiveOptions,
  isWanted: (family: Family) => boolean,
  console: Console,
): Promise<readonly Ruleset[]> {
  const lives: Ruleset[] = [];
  console.stage('reading the live rules');
  for (const family of chosenFamilies(options.family)) {
    const ruleset = await readFamily(family, options, iptables, isWanted, console);
    if (ruleset === null) continue;
    const isOfHost = liveFile(options, family) === undefined;
    const live = isOfHost ? await withNamesTaken(ruleset, run) : ruleset;
    lives.push(asPrinted(live, identities[family]));
  }
  for (const live of lives) warnOfOld(live, console);
  await warnOfNotes(lives, options, run, console);
  return lives;
}

async function readFamily(
  family: Family,
  options: LiveOptions,
  iptables: Iptables,
  isWanted: (family: Family) => boolean,
  console: Console,
): Promise<Ruleset | null> {
  const live = await readRules(family, options, iptables, console);
  const failure = live.ok ? await lacksNat(live.ruleset, options, iptables) : live.failure;
  if (failure === null) return live.ok ? live.ruleset : null;
  const isLacking = failure.reason === 'not-found' || failure.reason === 'unsupported';
  // A family that is there and cannot be read may hold rules of natmap's: to leave it out would keep them.
  if (family === 'ipv4' || !isLacking) throw unreadable(failure, family);
  if (isWanted(family)) {
    const cure = failure.reason === 'not-found' ? 'install ip6tables' : 'give the kernel IPv6';
    const hint = `leave the IPv6 mappings out with --family ipv4, give --live6 to diff, or ${cure}`;
    const message = `IPv6 rules are wanted, and this host cannot hold them: ${failure.message}`;
    throw new Stop(exitCode.badInput, message, hint);
  }
  const instead = options.live === undefined ? '' : ' (--live6 takes an ip6tables-save output)';
  console.note(`ipv6 is left out: ${failure.message}${instead}`);
  return null;
}

/**
 * The rules of one family, from the kernel or from the file that stands for them.
 *
 * @throws Stop when the file cannot be understood
 * @throws FileFault without /proc
 */
export async function readRules(
  family: Family,
  options: LiveOptions,
  iptables: Iptables,
  console: Console,
): Promise<Live> {
  const file = liveFile(options, family);
  if (file !== undefined) return { ok: true, ruleset: readLiveFile(file, family, console) };
  requireProc();
  return hasFamily(family) ? readLive(iptables, family) : noSuchFamily;
}

/**
 * Why the kernel has no nat table for IPv6, or null: it may be built without one. Asked in a namespace of
 * its own where none is live, as asking for it on the host would make it.
 */
async function lacksNat(
  live: Ruleset,
  options: LiveOptions,
  iptables: Iptables,
): Promise<Failure | null> {
  const { family } = live;
  const isKnown = family === 'ipv4' || liveFile(options, family) !== undefined;
  if (isKnown || findTable(live, 'nat') !== undefined) return null;
  const apart = await iptables.loadApart(family, '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n', [
    'nat',
  ]);
  return apart.kind === 'refused' ? { ...apart.failure, reason: 'unsupported' } : null;
}

const noSuchFamily = {
  ok: false,
  failure: {
    program: 'ip6tables-save',
    reason: 'unsupported',
    message: 'this kernel runs without IPv6 (there is no /proc/net/if_inet6)',
    line: null,
  },
} as const;

/** A kernel without IPv6, or with ipv6.disable=1, has no such file (ipv6(7), addrconf.c). */
function hasFamily(family: Family): boolean {
  return family === 'ipv4' || existsSync('/proc/self/net/if_inet6');
}

/** Root of a user namespace, as in a container, is root for sudo and not for the kernel. */
function deniedHint(): string {
  return process.getuid?.() === 0
    ? 'root has no rights over these rules here (a container or a user namespace): --backend nft may do, or run it outside'
    : 'reading live rules needs root: use sudo';
}

function unreadable({ reason, message, program }: Failure, family: Family): Stop {
  const flag = family === 'ipv4' ? '--live' : '--live6';
  const hints: Readonly<Record<Failure['reason'], string>> = {
    'not-found': `install iptables (apt-get install iptables), or put /usr/sbin on the PATH; diff also takes a file: ${flag}`,
    unsupported: 'natmap changed nothing; the kernel has no such tables',
    denied: `${deniedHint()}; diff also takes an iptables-save output: ${flag}`,
    refused: `natmap changed nothing; see what ${program} prints`,
    killed: 'natmap changed nothing',
  };
  return new Stop(
    exitCode.badInput,
    `cannot read the live ${family} rules: ${message}`,
    hints[reason],
  );
}

function readLiveFile(file: string, family: Family, { detail, note }: Console): Ruleset {
  const given = readSaveText(file, file === '-' ? 'standard input' : file);
  const { text, prompts } = cleanPasted(given.text);
  const source = { ...given, text };
  const name = visible(source.name);
  detail(`read ${name}: ${text.length} characters`);
  for (const line of prompts) note(`warning: ${name}:${line}: this is a shell prompt, ignored`);
  const found = familyOf(text);
  if (found !== null && found !== family) {
    const flag = found === 'ipv4' ? '--live' : '--live6';
    note(`warning: ${name} holds ${familyNames[found]} rules, which ${flag} takes`);
  }
  const parsed = parseSave(source.text, family);
  if (parsed.ok) return parsed.ruleset;
  const offset = source.text
    .split('\n')
    .slice(0, parsed.line - 1)
    .join('\n').length;
  const at = { ...startOf(source), offset: offset === 0 ? 0 : offset + 1 };
  throw new Stop(
    exitCode.badInput,
    `${formatPlace(at)}: ${parsed.problem}`,
    'this is not what iptables-save prints',
  );
}
