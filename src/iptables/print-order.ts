// The order in which iptables-save prints tables and chains, by backend and version.
//
// Both backends of today print the built-in chains in the order of their hooks and the others by the bytes
// of their names. iptables-nft before 1.8.7 prints all of them as they were made, and makes those of nat in
// another order; before 1.8.6 it prints the tables as they were made, too (nft.c and nft-cache.c of each).
// What is there keeps its place in any case: only what natmap makes is put somewhere.
import { isAtLeast, type Printer } from './printer.ts';
import { type Backend, builtinChains, type Chain, type Table } from './ruleset.ts';

export interface PrintOrder {
  readonly tables: 'fixed' | 'newest-first' | 'as-made';
  readonly chains: 'sorted' | 'as-made';
}

/** @param printer the program that printed the live rules; the newest where that is not known */
export function printOrder(backend: Backend, printer: Printer | undefined): PrintOrder {
  if (backend === 'legacy') return { tables: 'newest-first', chains: 'sorted' };
  const has = (version: string) => printer === undefined || isAtLeast(printer.version, version);
  return {
    tables: has('1.8.6') ? 'fixed' : 'as-made',
    chains: has('1.8.7') ? 'sorted' : 'as-made',
  };
}

/** The tables once `created` exist too; those are in the order in which they are made. */
export function orderTables(
  { tables: order }: PrintOrder,
  existing: readonly Table[],
  created: readonly Table[],
): readonly Table[] {
  switch (order) {
    case 'newest-first':
      // /proc/net/ip_tables_names
      return [...created.toReversed(), ...existing];
    case 'as-made':
      return [...existing, ...created];
    case 'fixed':
      return created.reduce<readonly Table[]>((tables, table) => {
        const rank = ({ name }: Table) => fixedOrder.indexOf(name);
        return insertBefore(tables, table, (other) => rank(other) > rank(table));
      }, existing);
  }
}

/** enum nft_table_type, iptables/nft.h. */
const fixedOrder = ['mangle', 'security', 'raw', 'filter', 'nat'];

/** The chains of a table, and new ones that are not built in. */
export function addChains<C extends Chain>(
  { chains: order }: PrintOrder,
  chains: readonly C[],
  created: readonly C[],
): readonly C[] {
  if (order === 'as-made') return [...chains, ...created];
  const keyed = created.map((chain) => ({ chain, key: Buffer.from(chain.name) }));
  const coming = keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  const placed: C[] = [];
  let next = 0;
  for (const chain of chains) {
    const key = Buffer.from(chain.name);
    for (let first = coming[next]; first !== undefined && chain.policy === '-'; ) {
      if (Buffer.compare(first.key, key) >= 0) break;
      placed.push(first.chain);
      next += 1;
      first = coming[next];
    }
    placed.push(chain);
  }
  return [...placed, ...coming.slice(next).map(({ chain }) => chain)];
}

/** The chains of a table as it is made, in the order in which they are printed. */
export function newBuiltinChains(table: string, { chains: order }: PrintOrder): readonly string[] {
  return order === 'as-made' && table === 'nat' ? natAsMade : builtinChains(table);
}

/** xtables_ipv4, iptables/nft.c. */
const natAsMade = ['PREROUTING', 'INPUT', 'POSTROUTING', 'OUTPUT'];

function insertBefore<T>(items: readonly T[], item: T, isBehind: (other: T) => boolean): T[] {
  const at = items.findIndex(isBehind);
  return items.toSpliced(at < 0 ? items.length : at, 0, item);
}

/** Order of the newest versions, for where none is known. */
export const newestOrder: PrintOrder = { tables: 'fixed', chains: 'sorted' };
