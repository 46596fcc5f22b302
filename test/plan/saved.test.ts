import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Backend, builtinChains, type Ruleset } from '../../src/iptables/ruleset.ts';
import { standingChains, type Wanted } from '../../src/iptables/wanted.ts';
import { changeSince, type PlanChange } from '../../src/plan/change-since.ts';
import { applyGoal } from '../../src/plan/goal.ts';
import { ownedLines } from '../../src/plan/owned-part.ts';
import { printPayload } from '../../src/plan/payload.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { readSavedPlan } from '../../src/plan/read-saved.ts';
import type { SavedFamily } from '../../src/plan/saved.ts';
import { printWanted } from '../../src/plan/standalone.ts';
import { expectOnlyOurs } from '../only-ours.ts';
import { hostileName } from '../support/hostile-names.ts';
import { validJson } from '../support/json-schema.ts';
import { contents, restored } from './restore-model.ts';
import { foreignPart } from './rulesets.ts';
import { contentOf, made, placesIn, planText, sealed } from './saved-plans.ts';

const empty: Ruleset = { family: 'ipv4', tables: [] };

/** What is wanted with these rules in nat NATMAP, and maybe more chains. */
function goalOf(specs: readonly string[], more: readonly string[] = []): Wanted {
  const chains = [...standingChains, ...more.map((name) => ({ table: 'nat' as const, name }))].map(
    ({ table, name }) => ({
      table,
      name,
      rules: (table === 'nat' && name === 'NATMAP' ? specs : []).map((spec) => ({
        spec,
        verbatim: false,
        origin: null,
      })),
    }),
  );
  return { family: 'ipv4', chains };
}

function read(text: string): SavedFamily {
  const result = readSavedPlan(text);
  if (!result.ok) throw new Error(result.problem);
  const [family] = result.plan.families;
  if (family === undefined) throw new Error('no family');
  return family;
}

function problemOf(text: string): string {
  const result = readSavedPlan(text);
  return result.ok ? 'none' : result.problem;
}

/** What is not as it was saved when the plan is made again on these live rules. */
function changeOn(live: Ruleset, saved: SavedFamily, variant: Backend = 'nft'): PlanChange | null {
  return changeSince(saved, makePlan(live, applyGoal(saved.goal), variant));
}

/** The same rules, and more packets through each. */
function countedOn(ruleset: Ruleset): Ruleset {
  const more = { packets: '12345', bytes: '678900' };
  return {
    ...ruleset,
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({
        ...chain,
        counters: more,
        rules: chain.rules.map(({ spec }) => ({ spec, counters: more })),
      })),
    })),
  };
}

describe('a saved plan', () => {
  test('is read back, and made again on the same live rules is the same', () => {
    fc.assert(
      fc.property(made, ({ text, ruleset, variant }) => {
        expect(changeOn(ruleset, read(text), variant)).toBeNull();
      }),
    );
  });

  test('is valid against its schema', () => {
    fc.assert(
      fc.property(made, ({ text }) => {
        validJson(text);
      }),
      { numRuns: 30 },
    );
  });

  test('keeps where the jump in DOCKER-USER goes', () => {
    const text = planText(empty, { ...goalOf([]), dockerUserFirst: true }, 'nft');
    expect(read(text).goal.dockerUserFirst).toBe(true);
    validJson(text);
  });

  test('does not depend on what was counted', () => {
    fc.assert(
      fc.property(made, ({ text, ruleset, goal, variant }) => {
        const later = countedOn(ruleset);
        expect(planText(later, goal, variant)).toBe(text);
        expect(changeOn(later, read(text), variant)).toBeNull();
      }),
    );
  });

  test('shows characters that draw on a screen as escapes, and reads them back', () => {
    const goal = goalOf(['-m comment --comment "a\u202eb\u2028c" -j RETURN']);
    const text = planText(empty, goal, 'nft');
    expect(text).toContain(String.raw`\"a\u202eb\u2028c\"`);
    expect(read(text).goal).toEqual(goal);
  });

  test('keeps a rule that only the kernel understands as the kernel printed it', () => {
    const spec = '-m connlabel --label "web" -j RETURN';
    expect(read(planText(empty, goalOf([spec]), 'nft')).goal).toEqual(goalOf([spec]));
  });
});

describe('what is no plan as natmap wrote it is refused', () => {
  const text = planText(empty, goalOf(['-j RETURN']), 'nft');
  const changed = (change: Readonly<Record<string, unknown>>) =>
    sealed({ ...contentOf(text), ...change });
  const doctored = 'this is not what natmap plan wrote: the file has been changed';

  test('and the plan itself is not', () => {
    expect(readSavedPlan(text).ok).toBe(true);
    expect(sealed(contentOf(text))).toBe(text);
  });

  test.each<[what: string, text: string, problem: string]>([
    ['an empty file', '', 'this is no JSON, or it is cut off'],
    ['one that is cut off', text.slice(0, -20), 'this is no JSON, or it is cut off'],
    ['a list', '[]', 'this is no plan that natmap has saved'],
    ['a snapshot', '{"schema": "natmap.snapshot/v1"}', 'this is no plan that natmap has saved'],
    [
      'a later form',
      text.replace('plan/v2', 'plan/v3'),
      'this natmap reads natmap.plan/v2, and this is "natmap.plan/v3"',
    ],
    ['another digest', text.replace(/[0-9a-f]{64}"\n}/, `${'0'.repeat(64)}"\n}`), doctored],
    ['another rule', text.replace('-j RETURN', '-j ACCEPT'), doctored],
    ['other white space', JSON.stringify(JSON.parse(text)), doctored],
    ['no line break at the end', text.trimEnd(), doctored],
    ['a key that stands twice', text.replace('{', '{\n  "natmap": "0.2.0",'), doctored],
    ['a key that is not known', changed({ extra: 1 }), doctored],
    ['another order of keys', sealed(reversed(contentOf(text))), doctored],
    ['a backend that is not known', text.replace('"nft"', '"bpf"'), doctored],
    ['a number for a text', changed({ natmap: 1 }), doctored],
    ['no family', changed({ families: [] }), 'it holds no family'],
    ['a family twice', changed({ families: doubled(contentOf(text).families) }), doctored],
  ])('%s', (_, file, problem) => {
    expect(problemOf(file)).toBe(problem);
  });

  function doubled(families: unknown): unknown[] {
    return Array.isArray(families) ? [...families, ...families] : [];
  }

  function reversed(content: Readonly<Record<string, unknown>>): object {
    return Object.fromEntries(Object.entries(content).reverse());
  }
});

/** With another text wherever this one stands by itself, and a digest that fits. */
function withText(plan: string, text: string, other: string): string {
  const content = contentOf(plan);
  for (const [container, key] of placesIn(content)) {
    if (Array.isArray(container) && container[Number(key)] === text) container[Number(key)] = other;
    else if (!Array.isArray(container) && container[key] === text) container[key] = other;
  }
  return sealed(content);
}

describe('a goal that no template could have printed is refused, whatever its digest', () => {
  test.each<[spec: string, problem: string]>([
    ['-j ACCEPT\n-A INPUT -j ACCEPT', 'the line contains a control character'],
    ['-j ACCEPT\r', 'the line contains a control character'],
    ['-m comment --comment "open -j ACCEPT', 'a double quote is not closed'],
    ['-j ACCEPT -A INPUT', '-A has no place in a rule'],
    ['-t filter -j ACCEPT', '-t has no place in a rule'],
    ['-m set --match-set a src --modprobe=/tmp/x', '--modprobe=/tmp/x has no place in a rule'],
    ['-p tcp --dport http', 'a rule is not in the form that iptables-save prints'],
    ['-s 10.0.0.1,10.0.0.2 -j RETURN', 'a rule is not in the form that iptables-save prints'],
    [' -j RETURN', 'a rule is not in the form that iptables-save prints'],
    ['-m set  --match-set a src', 'a rule is not in the form that iptables-save prints'],
    ['-m set --match-set a"b" src', 'a rule is not in the form that iptables-save prints'],
    ['-s 2001:db8::1 -j RETURN', '2001:db8::1 is not an address of this family'],
  ])('%j', (spec, problem) => {
    const forged = withText(planText(empty, goalOf(['-j RETURN']), 'nft'), '-j RETURN', spec);
    expect(problemOf(forged)).toBe(`ipv4: ${problem}: -A NATMAP ${spec}`);
  });

  test.each<[chain: string, problem: string]>([
    ['INPUT', "chain INPUT is not natmap's: only NATMAP and NATMAP-* are"],
    ['DOCKER-USER', "chain DOCKER-USER is not natmap's: only NATMAP and NATMAP-* are"],
    ['NATMAP -j ACCEPT', "chain NATMAP -j ACCEPT is not natmap's: only NATMAP and NATMAP-* are"],
    ['NATMAP-a b', 'chain name NATMAP-a b has characters other than A-Z a-z 0-9 _ -'],
    [
      'NATMAP-x\n-A INPUT',
      'chain name NATMAP-x\n-A INPUT has characters other than A-Z a-z 0-9 _ -',
    ],
    [`NATMAP-${'x'.repeat(22)}`, `chain name NATMAP-${'x'.repeat(22)} is longer than 28 bytes`],
    ['NATMAP', 'chain nat NATMAP stands twice'],
  ])('a chain %j', (chain, problem) => {
    const forged = withText(planText(empty, goalOf([], ['NATMAP-X']), 'nft'), 'NATMAP-X', chain);
    expect(problemOf(forged)).toBe(`ipv4: ${problem}`);
  });

  test('a rule that stands twice', () => {
    expect(problemOf(planText(empty, goalOf(['-j RETURN', '-j RETURN']), 'nft'))).toBe(
      'ipv4: this rule stands twice: -A NATMAP -j RETURN',
    );
  });

  test('a rule that leads to a chain owned by natmap that is not there', () => {
    expect(problemOf(planText(empty, goalOf(['-j NATMAP-NO']), 'nft'))).toBe(
      'ipv4: a rule leads to chain NATMAP-NO, which is not in nat',
    );
  });

  test('a goal without a chain that the jumps lead to', () => {
    const { chains } = goalOf([]);
    const text = planText(empty, { family: 'ipv4', chains: chains.slice(1) }, 'nft');
    expect(problemOf(text)).toBe('ipv4: chain filter NATMAP is missing');
  });
});

describe('a plan that was tampered with', () => {
  test('in any character is refused', () => {
    fc.assert(
      fc.property(
        made,
        fc.nat(),
        fc.string({ unit: 'binary', maxLength: 2 }),
        fc.nat(2),
        (plan, at, put, cut) => {
          const { text } = plan;
          const from = at % (text.length + 1);
          const changed = text.slice(0, from) + put + text.slice(from + cut);
          expect(readSavedPlan(changed).ok).toBe(changed === text);
        },
      ),
      { numRuns: 300 },
    );
  });

  const hostile = fc.oneof(
    hostileName,
    fc.constantFrom('-j ACCEPT', '-A INPUT -j ACCEPT', 'INPUT', 'NATMAP-NEW', '*filter', 'COMMIT'),
    fc.constantFrom<unknown>(null, 0, true, [], {}, ['-j ACCEPT'], [null], { chain: 'INPUT' }),
  );

  test('in any value or key, with a digest that fits, is refused or stays in our chains', () => {
    fc.assert(
      fc.property(
        made,
        fc.nat(),
        hostile,
        fc.constantFrom('put', 'drop', 'add'),
        (plan, at, value, how) => {
          const content = contentOf(plan.text);
          const places = placesIn(content);
          const [container, key] = places[at % places.length] ?? [content, 'schema'];
          if (Array.isArray(container)) {
            const inserted = how === 'drop' ? [] : [value];
            container.splice(Number(key), how === 'add' ? 0 : 1, ...inserted);
          } else if (how === 'drop') delete container[key];
          else container[how === 'put' ? key : JSON.stringify(value)] = value;
          expectRefusedOrOurs(sealed(content), plan.ruleset);
        },
      ),
      { numRuns: 400 },
    );
  });

  /** A target that nobody knows is kept word for word, and the kernel refuses the whole block. */
  function restoredOrRefused(live: Ruleset, payload: string): string[] | null {
    try {
      return restored(live, payload);
    } catch (error) {
      if (error instanceof Error && /^no such target: /.test(error.message)) return null;
      throw error;
    }
  }

  /** Whatever is live: what would be loaded changes nothing of anybody else. */
  function expectRefusedOrOurs(text: string, live: Ruleset): void {
    const result = readSavedPlan(text);
    for (const { family, goal } of result.ok ? result.plan.families : []) {
      expectOnlyOurs(printWanted(goal), family);
      const { after, edits } = makePlan(live, applyGoal(goal), 'nft');
      const loaded = restoredOrRefused(live, printPayload(edits));
      if (loaded !== null) expect(loaded.sort()).toEqual(contents(after).sort());
      expect(foreignPart(after)).toEqual(expect.arrayContaining(foreignPart(live)));
    }
  }
});

describe('a plan made again', () => {
  const goal = goalOf(['-j RETURN']);
  const applied = makePlan(empty, applyGoal(goal), 'nft').after;

  test.each<[what: string, live: Ruleset]>([
    ['a rule owned by natmap is gone', edited(applied, 'NATMAP', () => [])],
    ['a rule owned by natmap is new', edited(applied, 'NATMAP', (specs) => [...specs, '-j DROP'])],
    ['a jump is gone', edited(applied, 'PREROUTING', () => [])],
    [
      'the daemon has left a rule',
      edited(applied, 'INPUT', () => ['-m comment --comment "natmap:x" -j DROP']),
    ],
    ['everything is flushed', empty],
  ])('is refused when %s', (_, live) => {
    const saved = read(planText(applied, goalOf(['-j ACCEPT']), 'nft'));
    const [planned, now] = [ownedLines(applied), ownedLines(live)];
    expect(changeOn(live, saved)).toEqual({ kind: 'live', planned, now });
  });

  test('is refused when it was applied already, and says so', () => {
    const saved = read(planText(empty, goal, 'nft'));
    expect(changeOn(applied, saved)).toMatchObject({ kind: 'live-reached' });
  });

  test('is the same when others have changed their rules, chains and policies', () => {
    const saved = read(planText(applied, goalOf(['-j ACCEPT']), 'nft'));
    const live = edited(applied, 'PREROUTING', (specs) => [
      '-p udp -j ACCEPT',
      ...specs,
      '-j DOCKER',
    ]);
    expect(changeOn(live, saved)).toBeNull();
    const { after } = makePlan(live, applyGoal(saved.goal), 'nft');
    expect(foreignPart(after)).toEqual(foreignPart(live));
  });

  test('is refused when the file names other edits than the goal takes', () => {
    const forged = withText(planText(empty, goal, 'nft'), '*filter', '-A INPUT -j ACCEPT');
    expect(changeOn(empty, read(forged))).toMatchObject({
      kind: 'edits',
      planned: expect.arrayContaining(['-A INPUT -j ACCEPT']),
      now: expect.not.arrayContaining(['-A INPUT -j ACCEPT']),
    });
  });

  test('is refused when it would take other edits: Docker has made DOCKER-USER since', () => {
    const saved = read(planText(empty, goal, 'nft'));
    const user = { name: 'DOCKER-USER', policy: '-', counters: null, rules: [] };
    const filter = { name: 'filter', chains: [...builtins('filter'), user] };
    const live: Ruleset = { family: 'ipv4', tables: [filter] };
    expect(changeOn(live, saved)).toMatchObject({ kind: 'edits' });
  });
});

function edited(
  ruleset: Ruleset,
  name: string,
  change: (specs: readonly string[]) => readonly string[],
): Ruleset {
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => {
      if (chain.name !== name) return chain;
      const specs = change(chain.rules.map(({ spec }) => spec));
      return { ...chain, rules: specs.map((spec) => ({ spec, counters: null })) };
    }),
  }));
  return { ...ruleset, tables };
}

function builtins(table: string) {
  const policy = 'ACCEPT';
  return builtinChains(table).map((name) => ({ name, policy, counters: null, rules: [] }));
}
