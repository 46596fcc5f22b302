// Tables of nftables with flags: a dormant one decides on no packet, one with an owner takes no changes
// of others. iptables-nft-save prints both as any other.
import type { Run } from './program.ts';

/** As nftables has it: `ip` and `nat`. */
export interface NftTableName {
  readonly family: string;
  readonly name: string;
}

export type FlaggedTables =
  | { readonly ok: true; readonly tables: readonly NftTableName[] }
  /** `reason` says why in words. */
  | { readonly ok: false; readonly reason: string };

/** Never rejects. */
export async function readFlaggedTables(run: Run): Promise<FlaggedTables> {
  const args = ['-j', 'list', 'tables'];
  const { stdout, stderr, failure } = await run({ program: 'nft', args, timeout: 10_000 });
  if (failure === 'not-found') return { ok: false, reason: 'nft was not found on the PATH' };
  const tables = flaggedTables(stdout);
  if (tables !== null) return { ok: true, tables };
  return { ok: false, reason: stderr.split('\n', 1)[0] || 'nft -j list tables failed' };
}

/**
 * The tables that have any flag, of what `nft -j list tables` prints (libnftables-json(5)). nft 1.0.6 takes
 * the names of flags from behind the end of their list: they are wrong, or it crashes in the middle of the
 * line (docs/notes/nft-table-flags.md). So neither the names count nor whether the text is JSON.
 *
 * @returns null when the text is something else
 */
export function flaggedTables(text: string): readonly NftTableName[] | null {
  if (!text.startsWith('{"nftables": [')) return null;
  return [...text.matchAll(flaggedTable)].map(([, family = '', name = '']) => ({ family, name }));
}

const flaggedTable =
  /\{"table": \{"family": "(\w+)", "name": "([^"\\]*)"(?:, "handle": \d+)?, "flags": (?!\[\])/g;
