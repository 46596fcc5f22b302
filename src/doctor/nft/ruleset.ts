// What `nft -j list ruleset` prints (libnftables-json(5)), as far as the filters of forwarded packets go.

/** Base chains at the hook forward and the chains that they jump to, of all tables. */
export interface NftTable {
  readonly family: 'ip' | 'ip6' | 'inet';
  readonly name: string;
  readonly chains: readonly NftChain[];
}

export interface NftChain {
  readonly name: string;
  /** `forward` and the like; null for a chain that others jump to. */
  readonly hook: string | null;
  /** Null for a chain that others jump to. */
  readonly policy: 'accept' | 'drop' | null;
  readonly rules: readonly NftRule[];
}

/** The statements of a rule, as libnftables has them. */
export type NftRule = readonly Json[];

export type Json = Readonly<Record<string, unknown>>;

/** @returns null when the text is not what nft prints */
export function parseNft(text: string): readonly NftTable[] | null {
  const root = parseJson(text);
  const listed = fields(root).nftables;
  if (!Array.isArray(listed)) return null;
  const tables = new Map<string, { table: NftTable; chains: Map<string, OpenChain> }>();
  for (const item of listed.map(fields)) {
    const [kind = '', content] = Object.entries(item)[0] ?? [];
    const { family, name, table, chain, expr } = fields(content);
    if (!isFamily(family)) continue;
    if (kind === 'table') {
      tables.set(`${family} ${name}`, {
        table: { family, name: String(name), chains: [] },
        chains: new Map(),
      });
      continue;
    }
    const chains = tables.get(`${family} ${table}`)?.chains;
    if (kind === 'chain') chains?.set(String(name), openChain(fields(content)));
    if (kind === 'rule' && Array.isArray(expr)) {
      chains?.get(String(chain))?.rules.push(expr.map(fields));
    }
  }
  return [...tables.values()].map(({ table, chains }) => ({
    ...table,
    chains: [...chains.values()],
  }));
}

interface OpenChain extends NftChain {
  readonly rules: NftRule[];
}

function openChain({ name, hook, policy }: Json): OpenChain {
  const isBase = typeof hook === 'string';
  return {
    name: String(name),
    hook: isBase ? hook : null,
    policy: isBase ? (policy === 'drop' ? 'drop' : 'accept') : null,
    rules: [],
  };
}

function isFamily(value: unknown): value is NftTable['family'] {
  return value === 'ip' || value === 'ip6' || value === 'inet';
}

/** The fields of an object; none of anything else. */
export function fields(value: unknown): Json {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Json) : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
