// What is rehearsed on: as much of the live rules as the payload can tell from others.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyTouched } from '../../../src/apply/sandbox/copy.ts';
import { isOwnedRule } from '../../../src/iptables/owned.ts';
import { comparableLines } from '../../../src/iptables/print.ts';
import type { Ruleset } from '../../../src/iptables/ruleset.ts';
import { applyGoal, flushGoal } from '../../../src/plan/goal.ts';
import type { Operation } from '../../../src/plan/operation.ts';
import { printPayload } from '../../../src/plan/payload.ts';
import { makePlan, type Plan } from '../../../src/plan/plan.ts';
import { restoreGoal } from '../../../src/plan/restore-goal.ts';
import { contents, restored } from '../../plan/restore-model.ts';
import { live, wanted } from '../../plan/rulesets.ts';
import { oneTable } from '../rulesets.ts';

function planOf(before: Ruleset, ...operations: readonly Operation[]): Plan {
  const table = before.tables[0]?.name ?? '';
  return { before, after: before, edits: [{ table, operations }], moves: [] };
}

/** The rules of the copy, and what the payload adds to or takes from it. */
function copied(plan: Plan): { rules: string[]; payload: string[] } {
  const { before, edits } = copyTouched(plan);
  const isShort = (line: string) => !/^(\*.*|COMMIT|:\S+ ACCEPT)$/.test(line);
  return {
    rules: comparableLines(before).filter(isShort),
    payload: printPayload(edits).split('\n').slice(1, -2),
  };
}

const insert = (chain: string, index: number, spec: string): Operation => ({
  kind: 'insert',
  chain,
  index,
  rule: { spec, counters: null },
});

describe('a stand-in', () => {
  test('keeps the place of a rule that may need anything of the host', () => {
    const before = oneTable(
      'nat',
      [],
      ['-A PREROUTING -m set --match-set blocked src -j DROP', '-A PREROUTING -i eth0 -j ACCEPT'],
    );
    expect(copied(planOf(before, insert('PREROUTING', 1, '-p tcp'))).rules).toEqual([
      '-A PREROUTING -s 0.0.0.1/32',
      '-A PREROUTING -s 0.0.0.2/32',
    ]);
  });

  test('is the same for the same rule, and in IPv6 has an address of IPv6', () => {
    const rules = ['-A PREROUTING -p tcp', '-A PREROUTING -p udp', '-A PREROUTING -p tcp'];
    const before: Ruleset = { ...oneTable('nat', [], rules), family: 'ipv6' };
    const plan = planOf(before, insert('PREROUTING', 1, '-p sctp'), insert('PREROUTING', 4, ''));
    expect(copied(plan).rules).toEqual([
      '-A PREROUTING -s 100::1/128',
      '-A PREROUTING -s 100::2/128',
      '-A PREROUTING -s 100::1/128',
    ]);
  });

  test('leads where its rule leads', () => {
    const before = oneTable(
      'filter',
      ['DOCKER-USER', 'NATMAP'],
      ['-A FORWARD -m set --match-set known src -j DOCKER-USER', '-A DOCKER-USER -j NATMAP'],
    );
    expect(copied(planOf(before, insert('FORWARD', 0, '-p tcp'))).rules).toEqual([
      ':DOCKER-USER -',
      ':NATMAP -',
      '-A FORWARD -s 0.0.0.1/32 -j DOCKER-USER',
      '-A DOCKER-USER -j NATMAP',
    ]);
  });

  test('takes the place of a new rule that names an ipset, and of nothing else that is new', () => {
    const before = oneTable('nat', ['NATMAP'], []);
    const specs = ['-m set --match-set a src -j NATMAP-B', '-p tcp', '-j SET --add-set a src'];
    const rules = specs.map((spec) => ({ spec, counters: null }));
    const plan = planOf(
      before,
      { kind: 'fill', chain: 'NATMAP', rules },
      { kind: 'fill', chain: 'NATMAP-B', rules: [] },
    );
    expect(copied(plan).payload).toEqual([
      ':NATMAP - [0:0]',
      ':NATMAP-B - [0:0]',
      '-A NATMAP -s 0.0.0.1/32 -j NATMAP-B',
      '-A NATMAP -p tcp',
      '-A NATMAP -s 0.0.0.2/32',
    ]);
    expect(copyTouched(plan).leftOut).toEqual([
      { family: 'ipv4', chain: 'NATMAP', spec: specs[0], needs: 'an ipset' },
      { family: 'ipv4', chain: 'NATMAP', spec: specs[2], needs: 'an ipset' },
    ]);
  });
});

describe('the copy', () => {
  test('has a rule as it is where the payload deletes it by its text', () => {
    const before = oneTable(
      'nat',
      ['NATMAP'],
      [
        '-A PREROUTING -p tcp',
        '-A PREROUTING -j NATMAP',
        '-A PREROUTING -m set --match-set a src -j NATMAP',
      ],
    );
    const plan = planOf(
      before,
      { kind: 'delete', chain: 'PREROUTING', spec: '-j NATMAP' },
      { kind: 'delete', chain: 'PREROUTING', spec: '-m set --match-set a src -j NATMAP' },
    );
    expect(copied(plan)).toEqual({
      rules: [
        ':NATMAP -',
        '-A PREROUTING -s 0.0.0.1/32',
        '-A PREROUTING -j NATMAP',
        '-A PREROUTING -s 0.0.0.2/32 -j NATMAP',
      ],
      payload: ['-D PREROUTING -j NATMAP', '-D PREROUTING -s 0.0.0.2/32 -j NATMAP'],
    });
  });

  test('of a long chain is as long as the edits of it', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `-A NATMAP -p tcp -m mark --mark ${at}`);
    const before = oneTable('nat', ['NATMAP'], many);
    const plan = planOf(
      before,
      { kind: 'delete-at', chain: 'NATMAP', index: 7000 },
      insert('NATMAP', 3000, '-p udp'),
    );
    expect(copied(plan)).toEqual({
      rules: [':NATMAP -', ...[1, 2, 3, 4].map((number) => `-A NATMAP -s 0.0.0.${number}/32`)],
      payload: ['-D NATMAP 4', '-I NATMAP 2 -p udp'],
    });
  });

  test('has the ways that lead to what is edited, and not the rules beside them', () => {
    const before = oneTable(
      'filter',
      ['DOCKER', 'DOCKER-USER', 'NATMAP', 'other'],
      [
        '-A INPUT -j other',
        '-A FORWARD -i eth0 -j DROP',
        '-A FORWARD -j DOCKER-USER',
        '-A DOCKER -p tcp -j ACCEPT',
        '-A DOCKER-USER -p tcp -j RETURN',
        '-A DOCKER-USER -j NATMAP',
      ],
    );
    const fill: Operation = { kind: 'fill', chain: 'NATMAP', rules: [] };
    expect(copied(planOf(before, fill)).rules).toEqual([
      ':DOCKER-USER -',
      ':NATMAP -',
      '-A FORWARD -j DOCKER-USER',
      '-A DOCKER-USER -j NATMAP',
    ]);
  });

  test('has the chain that a new rule leads to, and where that leads', () => {
    const before = oneTable(
      'filter',
      ['DOCKER', 'NATMAP', 'deep'],
      ['-A DOCKER -p tcp -j ACCEPT', '-A DOCKER -p udp -g deep'],
    );
    expect(copied(planOf(before, insert('NATMAP', 0, '-p tcp -j DOCKER'))).rules).toEqual([
      ':DOCKER -',
      ':NATMAP -',
      ':deep -',
      '-A DOCKER -j deep',
    ]);
  });

  test('is loaded, and edited, as it promises, whatever the plan', () => {
    fc.assert(
      fc.property(live, wanted, wanted, ({ ruleset, variant }, first, second) => {
        const { after: applied } = makePlan(ruleset, applyGoal(first), variant);
        for (const plan of [
          makePlan(ruleset, applyGoal(first), variant),
          makePlan(applied, applyGoal(second), variant),
          makePlan(applied, restoreGoal(ruleset), variant),
          makePlan(applied, flushGoal, variant),
        ]) {
          const { before, edits, after } = copyTouched(plan);
          expect(restored(before, printPayload(edits)).sort()).toEqual(contents(after).sort());
          expect(printPayload(edits).split('\n')).toHaveLength(
            printPayload(plan.edits).split('\n').length,
          );
        }
      }),
    );
  });

  test('has no rule of others as it is, but for where it leads', () => {
    fc.assert(
      fc.property(live, wanted, ({ ruleset, variant }, goal) => {
        const { before } = copyTouched(makePlan(ruleset, applyGoal(goal), variant));
        const specs = before.tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules));
        const strange = specs.filter(
          ({ spec }) => !isOwnedRule(spec) && !/^(-s 0\.\S+\/32)?( ?-j \S+)?$/.test(spec),
        );
        expect(strange).toEqual([]);
      }),
    );
  });
});
