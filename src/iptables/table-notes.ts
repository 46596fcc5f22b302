// What is known of a table besides its rules, and what it means to people.
import type { Family } from '../net/family.ts';
import { builtinChains, type TableNote } from './ruleset.ts';
import { standingChains } from './wanted.ts';

/** What iptables-nft-save prints of a table that holds more than it shows (nft_is_table_compatible). */
export function readNote(line: string): TableNote | null {
  const [, table, kind] =
    /^# Table `(.*)' (is incompatible|contains incompatible base-chains), use 'nft'/.exec(line) ??
    [];
  if (table === undefined) return null;
  return { kind: kind === 'is incompatible' ? 'incompatible' : 'base-chains', table };
}

/** Whether natmap cannot do without a table: its rules may be among those that are not shown. */
export function isAlwaysEdited(name: string): boolean {
  return standingChains.some(({ table }) => table === name);
}

/** Why a table cannot be edited, with the command that lists it. */
export function hiddenTable(table: string, family: Family): string {
  return `${summaryOf({ kind: 'incompatible', table })}: ${listTable(table, family)}`;
}

/** Why a table has two chains of one name, with the command that lists it. */
export function chainTwice(table: string, chain: string, family: Family): string {
  const what = `chain ${chain} stands twice`;
  if (!builtinChains(table).includes(chain)) return what;
  // iptables-nft-save prints those of its own even where nftables has none.
  return `${what}: one in table ${table} was made by nft and is not that of iptables: ${listTable(table, family)}`;
}

/** What is so, in words that follow the name of a family. */
export function summaryOf(note: TableNote): string {
  const { table } = note;
  switch (note.kind) {
    case 'incompatible':
      return `table ${table} holds nftables rules that iptables cannot show`;
    case 'base-chains':
      return `table ${table} holds base chains that nft made and iptables does not show`;
    case 'flagged':
      return `table ${table} is dormant, or another program owns it`;
    case 'name-taken':
      return `chain ${note.chain} of table ${table} was made by nft with another hook, priority or type, and iptables cannot add its own`;
  }
}

/** How the kernel knows a base chain of a table, in the words of nftables. */
export interface Hooking {
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
}

/** Whether iptables-nft takes a base chain of this name for its own (nft_is_chain_compatible). */
export function isOfIptables(table: string, chain: string, found: Hooking): boolean {
  const { type, priority } = hookingOf(table, chain);
  return found.type === type && found.priority === priority && found.hook === chain.toLowerCase();
}

/** As iptables-nft makes them; the priorities are those of linux/netfilter_ipv4.h. */
function hookingOf(table: string, chain: string): Omit<Hooking, 'hook'> {
  const isSource = chain === 'INPUT' || chain === 'POSTROUTING';
  if (table === 'nat') return { type: 'nat', priority: isSource ? 100 : -100 };
  const type = table === 'mangle' && chain === 'OUTPUT' ? 'route' : 'filter';
  return { type, priority: priorities[table] ?? 0 };
}

const priorities: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  filter: 0,
  security: 50,
};

/** The command that prints what iptables does not show. */
export function listTable(table: string, family: Family): string {
  return `nft list table ${nftFamilies[family]} ${table}`;
}

/** What nftables calls the families that iptables-nft fills. */
export const nftFamilies: Readonly<Record<Family, string>> = { ipv4: 'ip', ipv6: 'ip6' };
