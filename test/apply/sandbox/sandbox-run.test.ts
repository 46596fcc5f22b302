// What a rehearsal makes of what iptables says in the namespace.
import { describe, expect, test } from 'vitest';
import { rehearse } from '../../../src/apply/sandbox/sandbox-run.ts';
import type { Apart, Failure, Iptables } from '../../../src/host/iptables.ts';
import { comparableLines } from '../../../src/iptables/print.ts';
import { play, type TableEdit } from '../../../src/plan/operation.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { oneTable } from '../rulesets.ts';

/** A chain of natmap's that the plan fills, and the jump to it, which stays. */
const before = oneTable('nat', ['NATMAP'], ['-A PREROUTING -j NATMAP']);
const specs = ['-p tcp', '-p udp', '-p sctp', '-j NATMAP-SIDE'];
const edit: TableEdit = {
  table: 'nat',
  operations: [
    { kind: 'fill', chain: 'NATMAP', rules: specs.map((spec) => ({ spec, counters: null })) },
    { kind: 'fill', chain: 'NATMAP-SIDE', rules: [{ spec: '-p icmp', counters: null }] },
  ],
};
const after = { ...before, tables: before.tables.map((table) => play(table, edit.operations)) };
const plan: Plan = { before, after, edits: [edit], moves: [] };
const copyLength = 8;

/** The payload: `*nat` and two headers stand before the rules. */
const lineOf = (spec: string) => [...specs, '-p icmp'].indexOf(spec) + 4;
const commit = lineOf('-p icmp') + 1;

function rejection(message: string, line: number | null): Apart {
  const failure: Failure = { program: 'iptables-restore', reason: 'refused', message, line };
  return { kind: 'refused', failure };
}

const loaded: Apart = { kind: 'loaded', saved: `${comparableLines(after).join('\n')}\n` };

/** An iptables whose namespaces answer as `load` says, and that can do nothing else. */
function namespaces(load: (stream: string) => Apart): { iptables: Iptables; streams: string[] } {
  const streams: string[] = [];
  const never = () => Promise.reject(new Error('the live rules were touched'));
  const loadApart = async (_: string, stream: string) => {
    streams.push(stream);
    return load(stream);
  };
  return { iptables: { identify: never, save: never, restore: never, loadApart }, streams };
}

async function troubleOf(load: (stream: string) => Apart) {
  const { iptables } = namespaces(load);
  const rehearsal = await rehearse([plan], iptables);
  if (rehearsal.kind !== 'refused') throw new Error(`it was ${rehearsal.kind}`);
  return rehearsal.trouble;
}

test('passes when the tables are saved as planned', async () => {
  const { iptables, streams } = namespaces(() => loaded);
  expect(await rehearse([plan], iptables)).toEqual({ kind: 'passed', leftOut: [] });
  expect(streams).toHaveLength(1);
});

describe('a rejection', () => {
  test('names the line of the payload, in words of iptables too', async () => {
    const line = copyLength + lineOf('-p udp');
    const trouble = await troubleOf(() =>
      rejection(`No such match\nError occurred at line: ${line}`, line),
    );
    const { step, failure, payload } = trouble;
    expect(step).toBe('rehearse');
    expect(failure.line).toBe(lineOf('-p udp'));
    expect(failure.message).toBe(`No such match\nError occurred at line: ${lineOf('-p udp')}`);
    expect(payload.split('\n')[lineOf('-p udp') - 1]).toBe('-A NATMAP -p udp');
  });

  test.each([
    ['COMMIT is named', '-p sctp', commit],
    ['the jump to its chain is named', '-p icmp', lineOf('-j NATMAP-SIDE')],
    ['it is the first rule', '-p tcp', commit],
  ])('is narrowed down to the rule when %s', async (_, guilty, named) => {
    const trouble = await troubleOf((stream) =>
      stream.includes(guilty)
        ? rejection(`line ${copyLength + named} failed`, copyLength + named)
        : loaded,
    );
    expect(trouble.failure.line).toBe(lineOf(guilty));
    expect(trouble.failure.message).toMatch(
      `line ${named} failed\nthe rules before line ${lineOf(guilty)}`,
    );
  });

  test('stays where iptables put it when no rule is to blame', async () => {
    const trouble = await troubleOf(() => rejection('', copyLength + commit));
    expect(trouble.failure.line).toBe(commit);
  });
});

test('a rule that is printed otherwise is refused, by its line', async () => {
  const saved = `${comparableLines(after).join('\n').replace('-p sctp', '-p 132')}\n`;
  const { step, failure } = await troubleOf(() => ({ kind: 'loaded', saved }));
  expect(step).toBe('compare rehearsal');
  expect(failure.message).toBe('expected "-A NATMAP -p sctp", found "-A NATMAP -p 132"');
  expect(failure.line).toBe(lineOf('-p sctp'));
});

describe('is impossible, and refuses nothing,', () => {
  test.each([
    [
      'where there is no namespace',
      { kind: 'impossible', reason: 'not permitted' },
      'not permitted',
    ],
    ['when the copy cannot be loaded', rejection('line 3 failed', 3), 'line 3 failed'],
    ['when the table is not available', rejection('no table nat', copyLength + 1), 'no table nat'],
  ] as const)('%s', async (_, answer, reason) => {
    const { iptables } = namespaces(() => answer);
    expect(await rehearse([plan], iptables)).toEqual({ kind: 'impossible', reason });
  });

  test('unless another family is refused', async () => {
    const six: Plan = { ...plan, before: { ...before, family: 'ipv6' } };
    const { iptables } = namespaces(() => ({ kind: 'impossible', reason: '' }));
    const loadApart: Iptables['loadApart'] = async (family, stream, tables) =>
      family === 'ipv6'
        ? rejection('', copyLength + lineOf('-p tcp'))
        : iptables.loadApart(family, stream, tables);
    const rehearsal = await rehearse([plan, six], { ...iptables, loadApart });
    expect(rehearsal).toMatchObject({ kind: 'refused', trouble: { family: 'ipv6' } });
  });
});
