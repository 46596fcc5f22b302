/** A mapping that is reported as never reached can go, and no packet comes to another place. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffReachability } from '../../src/analysis/reachability-diff.ts';
import { natChains } from '../../src/analysis/rendered-rules.ts';
import { reportUnreachable } from '../../src/analysis/unreachable-rules.ts';
import { compile } from '../../src/compile/compile.ts';
import type { Mapping } from '../../src/compile/mapping.ts';
import { isForward } from '../../src/compile/mapping.ts';
import { hasErrors } from '../../src/diagnostic/diagnostic.ts';
import type { Ruleset } from '../../src/iptables/ruleset.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
import { load } from '../config/rules.ts';
import { listen } from '../listen.ts';

const sources = fc.constantFrom(
  ...['', '', ', sources: 198.51.100.0/24', ', sources: [198.51.100.7, 192.0.2.0/24]'],
);
const ports = fc.constantFrom('25', '25-27', '26', '24-30');

const dnat = fc
  .tuple(
    fc.constantFrom('ext_ip: 203.0.113.43', 'ext_if: vmbr+', 'ext_if: vmbr0'),
    ports,
    sources,
    fc.constantFrom('', '', ', local: true'),
  )
  .map(
    ([door, port, from, local]) => `{int_ip: 10.0.0.101, ports: ${port}, ${door}${from}${local}}`,
  );

const docker = fc
  .tuple(fc.constantFrom('', '127.0.0.1:', '100.64.0.10:'), ports, sources)
  .map(([host, port, from]) => `{target_ip: 10.0.0.9, ports: ["${host}${port}"]${from}}`);

const rules = fc
  .tuple(fc.array(dnat, { maxLength: 3 }), fc.array(docker, { maxLength: 3 }))
  .map(([one, other]) => `dnat: [${one.join(', ')}]\ndocker: [${other.join(', ')}]\n`);

function wantedOf(mappings: readonly Mapping[]) {
  const templates = createTemplates([], () => undefined);
  return renderWanted(mappings, 'ipv4', templates, () => undefined);
}

function liveOf(mappings: readonly Mapping[]): Ruleset {
  const goal = applyGoal(wantedOf(mappings));
  return makePlan({ family: 'ipv4', tables: [] }, goal, 'nft').after;
}

test('without them everything is reachable as before', () => {
  let seen = 0;
  fc.assert(
    fc.property(rules, (text) => {
      const { diagnostics, entries } = load(text);
      const { report, diagnostics: more } = listen();
      const mappings = compile({ entries, acceptMark: null }, null, report);
      fc.pre(!hasErrors(diagnostics) && !hasErrors(more));
      const found = listen();
      reportUnreachable(mappings, natChains(wantedOf(mappings)), found.report);
      const places = found.diagnostics.map(({ at }) => at?.offset);
      seen += places.length;
      const kept = mappings.filter((each) => !isForward(each) || !places.includes(each.at.offset));
      expect(diffReachability(liveOf(mappings), liveOf(kept))).toEqual({
        opened: [],
        closed: [],
        unclear: [],
      });
    }),
    { numRuns: 300 },
  );
  expect(seen).toBeGreaterThan(20);
});
