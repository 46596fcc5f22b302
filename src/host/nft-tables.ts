// What nft tells of tables and iptables-nft-save does not: a dormant table decides on no packet, one with an
// owner takes no changes of others, and a base chain may have the name of another one of iptables.
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

/** As `nft -j list chains` has it: `{type: 'nat', hook: 'prerouting', priority: -100}`. */
export interface NftBaseChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
}

/** Never rejects. @returns null where nft could not be asked */
export async function readBaseChains(run: Run): Promise<readonly NftBaseChain[] | null> {
  const args = ['-j', 'list', 'chains'];
  const { code, stdout } = await run({ program: 'nft', args, timeout: 10_000 });
  return code === 0 ? baseChains(stdout) : null;
}

/** The base chains in what `nft -j list chains` prints (libnftables-json(5)); null when it is something else. */
export function baseChains(text: string): readonly NftBaseChain[] | null {
  const listed = parse(text)?.nftables;
  if (!Array.isArray(listed)) return null;
  return listed.flatMap(
    (item: { readonly chain?: Partial<NftBaseChain & { prio: unknown }> } | null) => {
      const { family, table, name, type, hook, prio } = item?.chain ?? {};
      const isBase =
        typeof hook === 'string' && typeof type === 'string' && typeof prio === 'number';
      if (!isBase) return [];
      return [
        {
          family: String(family),
          table: String(table),
          name: String(name),
          type,
          hook,
          priority: prio,
        },
      ];
    },
  );
}

function parse(text: string): { readonly nftables?: unknown } | null {
  try {
    return JSON.parse(text) as { readonly nftables?: unknown } | null;
  } catch {
    return null;
  }
}
