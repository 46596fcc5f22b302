// The entries that rules come from, looked up by the rules.
import { humanPlace } from '../diagnostic/source.ts';
import type { Wanted } from '../iptables/wanted.ts';
import type { FindSource, RuleSource } from '../report/origin.ts';
import type { RuleOrigin } from '../template/render.ts';

export function sourcesOf({ chains }: Wanted<RuleOrigin>): FindSource {
  const sources = new Map<string, RuleSource>();
  for (const { table, name: chain, rules } of chains) {
    for (const { spec, origin } of rules) {
      if (origin === null) continue;
      const { file, line } = humanPlace(origin.at);
      sources.set(`${table} ${chain} ${spec}`, { file, line, name: origin.name });
    }
  }
  return (table, chain, spec) => sources.get(`${table} ${chain} ${spec}`) ?? null;
}
