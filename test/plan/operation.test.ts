import { describe, expect, test } from 'vitest';
import type { Table } from '../../src/iptables/ruleset.ts';
import { type Operation, play } from '../../src/plan/operation.ts';

const rule = (spec: string) => ({ spec, counters: null });

const table: Table = {
  name: 'filter',
  chains: [
    { name: 'INPUT', policy: 'DROP', counters: null, rules: ['-j A', '-j B', '-j A'].map(rule) },
    { name: 'NATMAP', policy: '-', counters: null, rules: [rule('-j B')] },
  ],
};

/** `CHAIN: SPEC, SPEC` for each chain. */
function played(...operations: Operation[]): string[] {
  return play(table, operations).chains.map(
    ({ name, rules }) => `${name}: ${rules.map(({ spec }) => spec).join(', ')}`,
  );
}

describe('an operation changes the table as iptables would', () => {
  test.each<[operation: Operation, chains: string[]]>([
    [
      { kind: 'fill', chain: 'NATMAP', rules: [rule('-j C')] },
      ['INPUT: -j A, -j B, -j A', 'NATMAP: -j C'],
    ],
    [{ kind: 'fill', chain: 'A', rules: [] }, ['INPUT: -j A, -j B, -j A', 'A: ', 'NATMAP: -j B']],
    [{ kind: 'new-chain', chain: 'Z' }, ['INPUT: -j A, -j B, -j A', 'NATMAP: -j B', 'Z: ']],
    [{ kind: 'remove-chain', chain: 'NATMAP' }, ['INPUT: -j A, -j B, -j A']],
    [{ kind: 'delete', chain: 'INPUT', spec: '-j A' }, ['INPUT: -j B, -j A', 'NATMAP: -j B']],
    [{ kind: 'delete-at', chain: 'INPUT', index: 2 }, ['INPUT: -j A, -j B', 'NATMAP: -j B']],
    [
      { kind: 'insert', chain: 'INPUT', index: 0, rule: rule('-j C') },
      ['INPUT: -j C, -j A, -j B, -j A', 'NATMAP: -j B'],
    ],
    [
      { kind: 'insert', chain: 'INPUT', index: 3, rule: rule('-j C') },
      ['INPUT: -j A, -j B, -j A, -j C', 'NATMAP: -j B'],
    ],
  ])('%o', (operation, chains) => {
    expect(played(operation)).toEqual(chains);
  });
});

describe('an operation that iptables would refuse is a fault of the planner', () => {
  test.each<[operation: Operation, message: string]>([
    [{ kind: 'new-chain', chain: 'NATMAP' }, 'chain NATMAP exists'],
    [{ kind: 'remove-chain', chain: 'X' }, 'chain X does not exist'],
    [{ kind: 'delete', chain: 'INPUT', spec: '-j C' }, 'there is no rule -j C'],
    [{ kind: 'delete', chain: 'X', spec: '-j A' }, 'chain X does not exist'],
    [{ kind: 'delete-at', chain: 'INPUT', index: 3 }, 'there is no rule 4 in INPUT'],
    [{ kind: 'insert', chain: 'INPUT', index: 4, rule: rule('-j C') }, 'no place for -j C'],
    [{ kind: 'insert', chain: 'X', index: 0, rule: rule('-j C') }, 'chain X does not exist'],
  ])('%o', (operation, message) => {
    expect(() => played(operation)).toThrow(message);
  });
});
