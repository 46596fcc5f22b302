/** Tables of nftables for the checks, as `nft -j list ruleset` prints them. */
import type { Facts } from '../../src/doctor/facts.ts';
import { parseNft } from '../../src/doctor/nft/ruleset.ts';
import { value } from './host.ts';

interface Chain {
  readonly name: string;
  readonly hook?: string;
  readonly policy?: 'accept' | 'drop';
  readonly rules: readonly (readonly object[])[];
}

export function nft(family: string, table: string, ...chains: readonly Chain[]): readonly object[] {
  return [
    { table: { family, name: table, handle: 1 } },
    ...chains.map(({ rules: _, ...chain }) => ({
      chain: { family, table, handle: 2, type: 'filter', prio: 0, ...chain },
    })),
    ...chains.flatMap(({ name: chain, rules }) =>
      rules.map((expr) => ({ rule: { family, table, chain, handle: 3, expr } })),
    ),
  ];
}

export function nftables(...items: readonly object[]): Pick<Facts, 'nftables'> {
  const tables = parseNft(JSON.stringify({ nftables: [{ metainfo: {} }, ...items] }));
  if (tables === null) throw new Error('this is not what nft prints');
  return { nftables: value(tables) };
}

export const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
export const meta = (key: string) => ({ meta: { key } });
export const accept = { accept: null };
export const drop = { drop: null };
