import { describe, expect, test } from 'vitest';
import { parseSave } from '../../src/iptables/parse.ts';
import { comparableLines, printSave } from '../../src/iptables/print.ts';
import type { Backend, Ruleset } from '../../src/iptables/ruleset.ts';
import { standingChains, type Wanted } from '../../src/iptables/wanted.ts';
import { applyGoal, flushGoal } from '../../src/plan/goal.ts';
import { printPayload, UnprintableRule } from '../../src/plan/payload.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { madeBy, restoreGoal } from '../../src/plan/restore-goal.ts';

function live(text: string): Ruleset {
  const parsed = parseSave(text, 'ipv4');
  if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
  return parsed.ruleset;
}

/** A filter table with these lines behind the headers of its built-in chains. */
function filter(...lines: string[]): string {
  const headers = [':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]'];
  return ['*filter', ...headers, ...lines, 'COMMIT', ''].join('\n');
}

/** Each rule as `TABLE CHAIN SPEC`; the standing chains are there in any case. */
function wanted(...rules: string[]): Wanted {
  const split = rules.map((rule) => /^(\S+) (\S+) (.*)$/.exec(rule) ?? []);
  const restrictions = split.some(([, table]) => table === 'mangle')
    ? [{ table: 'mangle', name: 'NATMAP' } as const]
    : [];
  return {
    family: 'ipv4',
    chains: [...standingChains, ...restrictions].map((place) => ({
      ...place,
      rules: split
        .filter(([, table, chain]) => table === place.table && chain === place.name)
        .map(([, , , spec = '']) => ({ spec, verbatim: false, origin: null })),
    })),
  };
}

function payload(before: Ruleset, goal = applyGoal(wanted()), variant: Backend = 'nft'): string[] {
  return printPayload(makePlan(before, goal, variant).edits)
    .split('\n')
    .slice(0, -1);
}

/** The lines of one table's block. */
function blockOf(lines: readonly string[], table: string): string[] {
  const start = lines.indexOf(`*${table}`);
  return start < 0 ? [] : lines.slice(start + 1, lines.indexOf('COMMIT', start));
}

const restriction = 'mangle NATMAP -p tcp -m tcp --dport 8080 -j DROP';

describe('a rule in mangle', () => {
  test('is loaded before the other tables, behind a jump that comes first', () => {
    const before = live('*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j ACCEPT\nCOMMIT\n');
    const lines = payload(before, applyGoal(wanted(restriction)));
    expect(lines.slice(0, lines.indexOf('COMMIT'))).toEqual([
      '*mangle',
      ':NATMAP - [0:0]',
      '-I PREROUTING 1 -j NATMAP',
      '-A NATMAP -p tcp -m tcp --dport 8080 -j DROP',
    ]);
  });

  test('has its jump moved back to the first place', () => {
    const restricted = makePlan(live(''), applyGoal(wanted(restriction)), 'nft').after;
    const moved = live(
      printSave(restricted).replace(
        '-A PREROUTING -j NATMAP\n',
        '-A PREROUTING -j ACCEPT\n-A PREROUTING -j NATMAP\n',
      ),
    );
    expect(payload(moved, applyGoal(wanted(restriction)))).toEqual([
      '*mangle',
      '-D PREROUTING -j NATMAP',
      '-I PREROUTING 1 -j NATMAP',
      'COMMIT',
    ]);
  });

  test('takes its jump with it when it is no longer desired', () => {
    const restricted = makePlan(live(''), applyGoal(wanted(restriction)), 'nft').after;
    expect(payload(restricted, applyGoal(wanted()))).toEqual([
      '*mangle',
      '-D PREROUTING -j NATMAP',
      '-F NATMAP',
      '-X NATMAP',
      'COMMIT',
    ]);
  });
});

/** A host that an empty rule set has been applied to. */
const applied = makePlan(live(''), applyGoal(wanted()), 'nft').after;

describe('on an empty host, apply', () => {
  test('makes both tables, our chains, DOCKER-USER and the jumps, filter first', () => {
    expect(payload(live(''))).toEqual([
      '*filter',
      ':NATMAP - [0:0]',
      '-N DOCKER-USER',
      '-I FORWARD 1 -j DOCKER-USER',
      '-I DOCKER-USER 1 -j NATMAP',
      'COMMIT',
      '*nat',
      ':NATMAP - [0:0]',
      ':NATMAP-OUTPUT - [0:0]',
      ':NATMAP-POSTROUTING - [0:0]',
      '-I PREROUTING 1 -j NATMAP',
      '-I OUTPUT 1 -j NATMAP-OUTPUT',
      '-I POSTROUTING 1 -j NATMAP-POSTROUTING',
      'COMMIT',
    ]);
  });

  test('leads to what is shown', () => {
    const goal = wanted('nat NATMAP -j RETURN', 'filter NATMAP -p tcp -j ACCEPT');
    const { after } = makePlan(live(''), applyGoal(goal), 'nft');
    expect(comparableLines(after)).toEqual([
      '*filter',
      ':INPUT ACCEPT',
      ':FORWARD ACCEPT',
      ':OUTPUT ACCEPT',
      ':DOCKER-USER -',
      ':NATMAP -',
      '-A FORWARD -j DOCKER-USER',
      '-A DOCKER-USER -j NATMAP',
      '-A NATMAP -p tcp -j ACCEPT',
      'COMMIT',
      '*nat',
      ':PREROUTING ACCEPT',
      ':INPUT ACCEPT',
      ':OUTPUT ACCEPT',
      ':POSTROUTING ACCEPT',
      ':NATMAP -',
      ':NATMAP-OUTPUT -',
      ':NATMAP-POSTROUTING -',
      '-A PREROUTING -j NATMAP',
      '-A OUTPUT -j NATMAP-OUTPUT',
      '-A POSTROUTING -j NATMAP-POSTROUTING',
      '-A NATMAP -j RETURN',
      'COMMIT',
    ]);
  });

  test('shows the tables as each variant prints them', () => {
    const tables = (variant: Backend) =>
      makePlan(live(''), applyGoal(wanted()), variant).after.tables.map(({ name }) => name);
    expect(tables('nft')).toEqual(['filter', 'nat']);
    expect(tables('legacy')).toEqual(['nat', 'filter']);
  });
});

describe('DOCKER-USER', () => {
  const madeHere = madeBy(makePlan(live(filter()), applyGoal(wanted()), 'nft'));

  test('that is there keeps its rules, and gets our jump first', () => {
    const before = live(
      filter(':DOCKER-USER - [0:0]', '-A FORWARD -j DOCKER-USER', '-A DOCKER-USER -j RETURN'),
    );
    expect(blockOf(payload(before), 'filter')).toEqual([
      ':NATMAP - [0:0]',
      '-I DOCKER-USER 1 -j NATMAP',
    ]);
  });

  test('without a jump from FORWARD gets one, first', () => {
    const before = live(filter(':DOCKER-USER - [0:0]', '-A FORWARD -j ACCEPT'));
    expect(blockOf(payload(before), 'filter')).toContain('-I FORWARD 1 -j DOCKER-USER');
  });

  test('with a jump from FORWARD anywhere keeps it there', () => {
    const before = live(
      filter(':DOCKER-USER - [0:0]', '-A FORWARD -j ACCEPT', '-A FORWARD -j DOCKER-USER'),
    );
    expect(payload(before).join('\n')).not.toContain('FORWARD');
  });

  test('stays after flush', () => {
    const { after } = makePlan(applied, flushGoal, 'nft');
    expect(comparableLines(after)).toContain(':DOCKER-USER -');
    expect(comparableLines(after)).toContain('-A FORWARD -j DOCKER-USER');
    expect(comparableLines(after).join('\n')).not.toContain('NATMAP');
  });

  test('goes when going back to where there was none', () => {
    const before = live(filter().replace('DROP', 'ACCEPT'));
    const { after, edits } = makePlan(applied, restoreGoal(before, madeHere), 'nft');
    // Without -F: a rule that others put into DOCKER-USER meanwhile makes the block fail.
    expect(blockOf(printPayload(edits).split('\n'), 'filter')).toEqual([
      '-D FORWARD -j DOCKER-USER',
      '-D DOCKER-USER -j NATMAP',
      '-F NATMAP',
      '-X DOCKER-USER',
      '-X NATMAP',
    ]);
    expect(comparableLines(after).slice(0, 5)).toEqual(comparableLines(before));
  });

  const withRule = (name: string, spec: string): Ruleset => ({
    ...applied,
    tables: applied.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) =>
        chain.name === name
          ? { ...chain, rules: [...chain.rules, { spec, counters: null }] }
          : chain,
      ),
    })),
  });

  test.each([
    ['an administrator has put a rule into it', withRule('DOCKER-USER', '-j RETURN'), madeHere],
    ['Docker has started and put rules into FORWARD', withRule('FORWARD', '-j ACCEPT'), madeHere],
    ['somebody else leads to it', withRule('INPUT', '-j DOCKER-USER'), madeHere],
    ['the apply that is undone did not make it', applied, undefined],
  ])('stays with the jump to it when going back where %s', (_, now, made) => {
    const { after } = makePlan(now, restoreGoal(live(filter()), made), 'nft');
    expect(comparableLines(after)).toContain(':DOCKER-USER -');
    expect(comparableLines(after)).toContain('-A FORWARD -j DOCKER-USER');
    expect(comparableLines(after).join('\n')).not.toContain('NATMAP');
  });

  test('is made when going back to where our jump stood in it', () => {
    const { after } = makePlan(live(filter()), restoreGoal(applied), 'nft');
    expect(comparableLines(after)).toContain('-A FORWARD -j DOCKER-USER');
    expect(comparableLines(after)).toContain('-A DOCKER-USER -j NATMAP');
  });
});

describe('our jump', () => {
  const withUser = (...rules: string[]) =>
    live(filter(':DOCKER-USER - [0:0]', ':NATMAP - [0:0]', '-A FORWARD -j DOCKER-USER', ...rules));

  test('moved down by an administrator stays where he put it', () => {
    const before = withUser('-A DOCKER-USER -s 10.0.0.0/8 -j DROP', '-A DOCKER-USER -j NATMAP');
    expect(blockOf(payload(before), 'filter')).toEqual([]);
  });

  test('doubled is made one, where the first stands', () => {
    const before = withUser(
      '-A DOCKER-USER -s 10.0.0.0/8 -j DROP',
      '-A DOCKER-USER -j NATMAP',
      '-A DOCKER-USER -j RETURN',
      '-A DOCKER-USER -j NATMAP',
    );
    expect(blockOf(payload(before), 'filter')).toEqual([
      '-D DOCKER-USER -j NATMAP',
      '-D DOCKER-USER -j NATMAP',
      '-I DOCKER-USER 2 -j NATMAP',
    ]);
  });

  test('with a condition of its own is replaced by the one that is promised', () => {
    const before = withUser('-A DOCKER-USER -i eth0 -j NATMAP');
    expect(blockOf(payload(before), 'filter')).toEqual([
      '-D DOCKER-USER -i eth0 -j NATMAP',
      '-I DOCKER-USER 1 -j NATMAP',
    ]);
  });

  test('in a chain where it has no business is removed', () => {
    const before = withUser('-A INPUT -j NATMAP', '-A DOCKER-USER -j NATMAP');
    expect(blockOf(payload(before), 'filter')).toEqual(['-D INPUT -j NATMAP']);
  });

  test('is distinguished from a comment that looks like it', () => {
    const rule = '-A DOCKER-USER -m comment --comment "-j NATMAP" -j RETURN';
    const before = withUser(rule, '-A DOCKER-USER -j NATMAP');
    expect(blockOf(payload(before), 'filter')).toEqual([]);
    expect(payload(before, flushGoal).join('\n')).not.toContain('RETURN');
  });
});

describe('what the daemon left', () => {
  const rule =
    '-p tcp -m tcp --dport 80 -m comment --comment "natmap:web:80" -j DNAT --to-destination 10.0.0.1';
  const before = live(
    `*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n-A PREROUTING ${rule}\n-A PREROUTING -j DOCKER\n-A DOCKER -m comment --comment "natmap:x" -j RETURN\nCOMMIT\n`,
  );

  test('is replaced in the same transaction', () => {
    const block = blockOf(payload(before), 'nat');
    expect(block).toContain(`-D PREROUTING ${rule}`);
    expect(block).toContain('-D DOCKER -m comment --comment "natmap:x" -j RETURN');
    expect(block).toContain('-I PREROUTING 1 -j NATMAP');
  });

  test('is back after going back', () => {
    const { after } = makePlan(before, applyGoal(wanted()), 'nft');
    const back = makePlan(after, restoreGoal(before), 'nft').after;
    const nat = { ...back, tables: back.tables.filter(({ name }) => name === 'nat') };
    expect(comparableLines(nat)).toEqual(comparableLines(before));
  });
});

describe('chains owned by natmap that are wanted no more', () => {
  test('go, also where they lead to each other', () => {
    const before = live(
      filter(
        ':NATMAP-A - [0:0]',
        ':NATMAP-B - [0:0]',
        '-A INPUT -j NATMAP-A',
        '-A NATMAP-A -j NATMAP-B',
        '-A NATMAP-B -g NATMAP-A',
      ),
    );
    expect(blockOf(payload(before, flushGoal), 'filter')).toEqual([
      '-D INPUT -j NATMAP-A',
      '-F NATMAP-A',
      '-F NATMAP-B',
      '-X NATMAP-A',
      '-X NATMAP-B',
    ]);
  });

  test('go from tables that natmap does not use', () => {
    const before = live(
      '*mangle\n:PREROUTING ACCEPT [0:0]\n:NATMAP - [0:0]\n-A PREROUTING -j NATMAP\nCOMMIT\n',
    );
    expect(blockOf(payload(before), 'mangle')).toEqual([
      '-D PREROUTING -j NATMAP',
      '-F NATMAP',
      '-X NATMAP',
    ]);
  });
});

describe('counters', () => {
  const before = live(
    filter(
      ':DOCKER-USER - [0:0]',
      ':NATMAP - [0:0]',
      '-A FORWARD -j DOCKER-USER',
      '[9:540] -A DOCKER-USER -j NATMAP',
      '[5:300] -A NATMAP -p tcp -j ACCEPT',
      '[7:900] -A NATMAP -p udp -j ACCEPT',
    ),
  );
  const accept = (protocol: string) => `filter NATMAP -p ${protocol} -j ACCEPT`;
  const [tcp, udp, sctp] = [accept('tcp'), accept('udp'), accept('sctp')];

  test('of rules that stay go on counting: they are not named', () => {
    expect(blockOf(payload(before, applyGoal(wanted(sctp, tcp))), 'filter')).toEqual([
      '-D NATMAP 2',
      '-I NATMAP 1 -p sctp -j ACCEPT',
    ]);
  });

  test('of rules that move go with them', () => {
    expect(blockOf(payload(before, applyGoal(wanted(udp, tcp))), 'filter')).toEqual([
      '-D NATMAP 1',
      '[5:300] -I NATMAP 2 -p tcp -j ACCEPT',
    ]);
  });

  test('of rules that come back when going back are what they were', () => {
    const { after } = makePlan(before, applyGoal(wanted(udp)), 'nft');
    expect(blockOf(payload(after, restoreGoal(before)), 'filter')).toEqual([
      '[5:300] -I NATMAP 1 -p tcp -j ACCEPT',
    ]);
  });

  test('of a chain that does not change go on: it is not named', () => {
    expect(blockOf(payload(before, applyGoal(wanted(tcp, udp))), 'filter')).toEqual([]);
  });

  test('of our jump go with it', () => {
    const doubled = live(
      filter(
        ':DOCKER-USER - [0:0]',
        ':NATMAP - [0:0]',
        '-A FORWARD -j DOCKER-USER',
        '[9:540] -A DOCKER-USER -j NATMAP',
        '[3:180] -A DOCKER-USER -j NATMAP',
      ),
    );
    expect(blockOf(payload(doubled), 'filter')).toContain('[9:540] -I DOCKER-USER 1 -j NATMAP');
  });
});

describe('one mapping that changes among many', () => {
  const chains = ['filter NATMAP', 'nat NATMAP', 'nat NATMAP-OUTPUT', 'nat NATMAP-POSTROUTING'];

  /** What is sent when the `at`th of so many mappings, four rules each, gets another port. */
  function sent(mappings: number, at: number): string[] {
    const rules = (port: (mapping: number) => number) =>
      Array.from({ length: mappings }, (_, mapping) =>
        chains.map((chain) => `${chain} -p tcp -m tcp --dport ${port(mapping)} -j RETURN`),
      ).flat();
    const before = wanted(...rules((mapping) => mapping));
    const after = wanted(...rules((mapping) => (mapping === at ? 50_000 : mapping)));
    return payload(makePlan(applied, applyGoal(before), 'nft').after, applyGoal(after));
  }

  test('is four rules removed and four inserted', () => {
    expect(sent(100, 42)).toEqual([
      '*filter',
      '-D NATMAP 43',
      '-I NATMAP 43 -p tcp -m tcp --dport 50000 -j RETURN',
      'COMMIT',
      '*nat',
      '-D NATMAP 43',
      '-D NATMAP-OUTPUT 43',
      '-D NATMAP-POSTROUTING 43',
      '-I NATMAP 43 -p tcp -m tcp --dport 50000 -j RETURN',
      '-I NATMAP-OUTPUT 43 -p tcp -m tcp --dport 50000 -j RETURN',
      '-I NATMAP-POSTROUTING 43 -p tcp -m tcp --dport 50000 -j RETURN',
      'COMMIT',
    ]);
  });

  test('takes a payload that does not grow with them', () => {
    expect(sent(10_000, 42)).toEqual(sent(100, 42));
  });
});

test('nothing to be done is no payload', () => {
  expect(payload(applied)).toEqual([]);
  expect(payload(live(''), flushGoal)).toEqual([]);
});

test.each([
  ['holds a line break', 'a\nb'],
  ['takes more than 10238 bytes', 'x'.repeat(10_238)],
])('a rule owned by natmap that no payload can name, as it %s, is reported', (reason, comment) => {
  const rule = `INPUT -m comment --comment "${comment}" -j NATMAP`;
  const before = live(filter(':NATMAP - [0:0]', `-A ${rule}`));
  expect(() => payload(before, flushGoal)).toThrow(UnprintableRule);
  expect(() => payload(before, flushGoal)).toThrow(
    `a live rule ${reason}, and has to be removed by hand: ${JSON.stringify(`-D ${rule}`)}`,
  );
});
