// The live rules of the backend that natmap uses, and those of the other one.
import type { Live } from '../../apply/load.ts';
import { readLive } from '../../apply/load.ts';
import { type Fact, type Facts, type Intent, read, unasked } from '../../doctor/facts.ts';
import { createIptables, type Iptables } from '../../host/iptables.ts';
import { holdsLegacyTables } from '../../host/legacy-tables.ts';
import { readFlaggedTables } from '../../host/nft-tables.ts';
import type { Run } from '../../host/program.ts';
import type { Ruleset } from '../../iptables/ruleset.ts';
import { type Family, families } from '../../net/family.ts';
import type { Console } from '../console.ts';
import { readRules } from '../live-rules.ts';
import type { DoctorOptions } from '../options.ts';
import { chosenFamilies, liveFile } from '../options.ts';
import { flagsOf, withNamesTaken } from '../table-notes.ts';

export async function readBothBackends(
  intent: Intent,
  { iptables, run }: { readonly iptables: Iptables; readonly run: Run },
  options: DoctorOptions,
  console: Console,
): Promise<Pick<Facts, 'rules' | 'otherRules'>> {
  const chosen = chosenFamilies(options.family);
  const ofFamily = async (family: Family) => {
    if (!chosen.includes(family)) return unasked;
    const live = await readRules(family, options, iptables, console);
    const isOfHost = liveFile(options, family) === undefined;
    return factOf(live.ok && isOfHost ? await noted(live.ruleset, run) : live, family, intent);
  };
  const ofOther = async (family: Family) =>
    // What a file holds has nothing to do with the rest of this host.
    chosen.includes(family) && liveFile(options, family) === undefined
      ? readOther(family, intent, run)
      : unasked;
  return {
    rules: { ipv4: await ofFamily('ipv4'), ipv6: await ofFamily('ipv6') },
    otherRules: { ipv4: await ofOther('ipv4'), ipv6: await ofOther('ipv6') },
  };
}

async function noted(ruleset: Ruleset, run: Run): Promise<Live> {
  return { ok: true, ruleset: await withNamesTaken(ruleset, run) };
}

/** iptables-legacy has tables of its own, without flags. */
export async function readTableFlags(
  { backends }: Intent,
  options: DoctorOptions,
  run: Run,
): Promise<Facts['tableFlags']> {
  const isAsked = (family: Family) =>
    chosenFamilies(options.family).includes(family) &&
    backends[family] === 'nft' &&
    liveFile(options, family) === undefined;
  if (!families.some(isAsked)) return { ipv4: unasked, ipv6: unasked };
  const flagged = await readFlaggedTables(run);
  const ofFamily = (family: Family): Fact<readonly string[]> => {
    if (!isAsked(family)) return unasked;
    if (!flagged.ok) return { kind: 'unread', reason: flagged.reason };
    return read(flagsOf(flagged.tables, family));
  };
  return { ipv4: ofFamily('ipv4'), ipv6: ofFamily('ipv6') };
}

/** A family that the kernel lacks is no matter where nothing is wanted in it. */
function factOf(live: Live, family: Family, { mappings }: Intent): Fact<Ruleset> {
  if (live.ok) return { kind: 'read', value: live.ruleset };
  const { reason, message } = live.failure;
  const isWanted = mappings.some((mapping) => mapping.family === family);
  if (family === 'ipv6' && reason !== 'denied' && !isWanted) return unasked;
  return { kind: 'unread', reason: message };
}

async function readOther(family: Family, intent: Intent, run: Run): Promise<Fact<Ruleset>> {
  const other = intent.backends[family] === 'nft' ? 'legacy' : 'nft';
  const nothing: Fact<Ruleset> = { kind: 'read', value: { family, tables: [] } };
  if (other === 'legacy' && !holdsLegacyTables(family)) return nothing;
  return factOf(await readLive(createIptables(other, run), family), family, intent);
}
