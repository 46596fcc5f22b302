// The live rules of one family.
import type { Failure, Iptables } from '../host/iptables.ts';
import { parseSave } from '../iptables/parse.ts';
import type { Ruleset } from '../iptables/ruleset.ts';
import type { Family } from '../net/family.ts';

export type Live =
  | { readonly ok: true; readonly ruleset: Ruleset }
  | { readonly ok: false; readonly failure: Failure };

export async function readLive(iptables: Iptables, family: Family): Promise<Live> {
  const saved = await iptables.save(family);
  if (!saved.ok) return saved;
  const parsed = parseSave(saved.value, family);
  if (parsed.ok) return parsed;
  const message = `what it printed cannot be understood: line ${parsed.line}: ${parsed.problem}`;
  return {
    ok: false,
    failure: { program: 'iptables-save', reason: 'refused', message, line: null },
  };
}
