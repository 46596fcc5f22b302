// The entries that rules come from, looked up by the rules.
import { humanPlace } from '../diagnostic/source.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { FindSource, RuleSource } from '../report/origin.ts';
import type { RuleOrigin } from '../template/render.ts';

export function sourcesOf({ chains }: Wanted<RuleOrigin>): FindSource {
  const sources = new Map<string, RuleSource>();
  for (const { table, name: chain, partOf, rules } of chains) {
    for (const { spec, origin } of rules) {
      if (origin === null) continue;
      const { file, line } = humanPlace(origin.at);
      const source = { file, line, name: origin.name };
      sources.set(`${table} ${chain} ${spec}`, source);
      // Questions about packets are asked of the whole chain.
      if (partOf !== undefined) sources.set(`${table} ${partOf} ${spec}`, source);
    }
  }
  return (table, chain, spec) => sources.get(`${table} ${chain} ${spec}`) ?? null;
}
