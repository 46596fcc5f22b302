/**
 * Traffic over a mapping while others in the same chains change: what it has counted is not lost,
 * neither by an edit nor by a rewrite. ip6tables-nft, which would load no counters, edits instead.
 */
import { describe, expect, test } from 'vitest';
import { type Chain, findChain, findTable } from '../../src/iptables/ruleset.ts';
import { translated } from '../../src/iptables/wanted.ts';
import { editOwned } from '../../src/plan/owned-chain.ts';
import { hasIptables, installedVersion } from '../support/installed.ts';
import { families, kernelReason, variants } from '../support/kernel.ts';
import { live } from '../support/live-rules.ts';
import { applyAgain, applyRules, type Given, places, useTopology } from '../support/stage.ts';
import { answer, connect } from '../support/traffic.ts';

/** A mapping that stays, among others that lead to this port. */
function rulesWith(others: number, inside: number): Given['rules'] {
  return ({ host, server }) => {
    const mapping = (port: number, more = '') =>
      `  - {ext_ip: "${host}", int_ip: "${server}", ports: ${port}${more}}\n`;
    const rest = Array.from({ length: others }, (_, nth) =>
      mapping(2000 + nth, `, int_port: ${inside}`),
    );
    return `dnat:\n${mapping(25)}${rest.join('')}`;
  };
}

describe.skipIf(kernelReason()).each(variants)('counters through iptables-%s', (variant) => {
  const topology = useTopology();

  describe.each(families)('%s', (family) => {
    const at = places(family);
    const losesCounters = variant === 'nft' && family === 'ipv6' && !hasIptables('1.8.11');
    const rewrite = losesCounters ? 'delete-at' : 'fill';

    async function chain(table: string): Promise<Chain> {
      const ruleset = await live(topology.current.host, variant, family);
      const name = table === translated.table ? translated.chain : 'NATMAP';
      const found = findChain(findTable(ruleset, table), name);
      if (found === undefined) throw new Error(`there is no ${name} in ${table}`);
      return found;
    }

    /** What the rule of the mapping that stays has counted: in nat, one packet a connection. */
    async function counted(table: string): Promise<number> {
      const comment = `natmap:dnat:${at.host}:25"`;
      const rule = (await chain(table)).rules.find(({ spec }) => spec.includes(comment));
      return Number(rule?.counters?.packets);
    }

    async function callMail(times: number): Promise<void> {
      for (let call = 0; call < times; call++) {
        const reply = await connect(topology.current.client1, at.host, 25);
        expect(reply).toBe(answer('server', 25, at.client1));
      }
    }

    test.each([
      ['by an edit when another mapping changes', 2, 'delete-at'],
      ['by a rewrite when most others change', 60, rewrite],
    ])('are kept %s', async (_, others, way) => {
      await applyRules(topology.current, variant, { rules: rulesWith(others, 2525) });
      await callMail(3);
      const [before, accepted] = [await chain('nat'), await counted('filter')];
      expect(await counted('nat')).toBe(3);

      await applyAgain(topology.current, variant, rulesWith(others, 110));
      const { rules } = await chain('nat');
      const tools = { backend: variant, family, version: installedVersion };
      expect(editOwned(before, rules, tools)[0]?.kind).toBe(way);
      expect(await counted('nat')).toBe(3);
      expect(await counted('filter')).toBeGreaterThanOrEqual(accepted);

      await callMail(1);
      expect(await counted('nat')).toBe(4);
    });

    test('go on during an edit', async () => {
      await applyRules(topology.current, variant, { rules: rulesWith(2, 2525) });
      await Promise.all([callMail(20), applyAgain(topology.current, variant, rulesWith(2, 110))]);
      expect(await counted('nat')).toBe(20);
    });
  });
});
