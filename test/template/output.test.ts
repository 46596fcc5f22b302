import { describe, expect, test } from 'vitest';
import { readOutput } from '../../src/template/output.ts';
import { rendered } from './templates.ts';

/** `TABLE CHAIN SPEC` of each rule. */
function read(text: string): string[] {
  const { rules, problems } = readOutput(text, 'ipv4');
  expect(problems).toEqual([]);
  return rules.map(({ table, chain, spec }) => `${table} ${chain} ${spec}`);
}

describe('what a template prints', () => {
  test('becomes rules in canonical form', () => {
    const text = `
*nat
# a comment
-A NATMAP -p tcp --dport http -d 10.0.0.1   -j DNAT --to-destination=10.0.0.2
  --append NATMAP-MINE -j RETURN
COMMIT
*filter
-A NATMAP -s 10.0.0.1,10.0.0.2 -j ACCEPT
*mangle
-A NATMAP-R1 -j DROP
`;
    expect(read(text)).toEqual([
      'nat NATMAP -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2',
      'nat NATMAP-MINE -j RETURN',
      'filter NATMAP -s 10.0.0.1/32 -j ACCEPT',
      'filter NATMAP -s 10.0.0.2/32 -j ACCEPT',
      'mangle NATMAP-R1 -j DROP',
    ]);
  });

  test('keeps unknown matches and targets word for word', () => {
    const { rules, verbatim } = rendered({
      'snat.njk':
        '*filter\n-A NATMAP -m set --match-set my-set src -j LOG --log-prefix "a "\n-A NATMAP -j DROP\n',
    });
    expect(verbatim).toEqual([
      'filter NATMAP -m set --match-set my-set src -j LOG --log-prefix "a "',
    ]);
    expect(rules).toHaveLength(2);
  });

  test('is emitted once, where it first stands', () => {
    const rules = 'snat: [{int_ip: 10.0.0.1, ext_if: a}, {int_ip: 10.0.0.2, ext_if: a}]';
    const own = { 'snat.njk': '*nat\n-A NATMAP -s {{ int }} -j RETURN\n-A NATMAP -j RETURN\n' };
    expect(rendered(own, rules).rules).toEqual([
      'nat NATMAP -s 10.0.0.1/32 -j RETURN',
      'nat NATMAP -j RETURN',
      'nat NATMAP -s 10.0.0.2/32 -j RETURN',
    ]);
  });
});

describe('what leaves our chains is refused', () => {
  const only =
    'a template prints "-A CHAIN …" lines below "*mangle", "*filter", "*nat", and nothing else';

  test.each<[line: string, problem: string]>([
    ['-A INPUT -j ACCEPT', "chain INPUT is not natmap's: only NATMAP and NATMAP-* are"],
    ['-A PREROUTING -j NATMAP', "chain PREROUTING is not natmap's: only NATMAP and NATMAP-* are"],
    ['-A DOCKER-USER -j NATMAP', "chain DOCKER-USER is not natmap's: only NATMAP and NATMAP-* are"],
    ['-A NATMAPX -j DROP', "chain NATMAPX is not natmap's: only NATMAP and NATMAP-* are"],
    ['-A "NATMAP-a b" -j DROP', 'chain name NATMAP-a b has characters other than A-Z a-z 0-9 _ -'],
    ['-A', 'the chain is missing'],
    ['-I NATMAP -j ACCEPT', only],
    ['-D INPUT -j DROP', only],
    ['-F INPUT', only],
    ['-X', only],
    ['-P INPUT ACCEPT', only],
    ['-N NATMAP-X', only],
    ['-t nat -A NATMAP -j DROP', only],
    [':INPUT DROP [0:0]', only],
    [':NATMAP - [0:0]', only],
    ['[1:2] -A NATMAP -j DROP', only],
    ['*mangle *nat', only],
    ['*raw', only],
    ['*nat *filter', only],
    ['commit', only],
    ['COMMIT NOW', only],
    ['hello', only],
    ['-A NATMAP -t filter -j ACCEPT', '-t has no place in a rule'],
    ['-A NATMAP --table filter', '--table has no place in a rule'],
    ['-A NATMAP -j ACCEPT -A INPUT', '-A has no place in a rule'],
    ['-A NATMAP -m set --match-set a src -A INPUT', '-A has no place in a rule'],
    ['-A NATMAP --modprobe=/tmp/x', '--modprobe has no place in a rule'],
    ['-A NATMAP -m comment --comment "x', 'a double quote is not closed'],
    ['-A NATMAP -m comment --comment "a\u0007b"', 'the line contains a control character'],
    ['-A NATMAP -m comment --comment a\rb', 'the line contains a control character'],
  ])('%j', (line, problem) => {
    const { rules, problems } = readOutput(`*nat\n${line}\n`, 'ipv4');
    expect(problems).toEqual([{ line, problem }]);
    expect(rules).toEqual([]);
  });

  test('a rule before any table', () => {
    expect(readOutput('-A NATMAP -j DROP\n', 'ipv4').problems).toEqual([
      {
        line: '-A NATMAP -j DROP',
        problem: 'a table ("*mangle", "*filter", "*nat") has to stand before it',
      },
    ]);
  });

  test('a rule that leads to a chain owned by natmap without rules', () => {
    const { said } = rendered({
      'snat.njk': '*nat\n-A NATMAP -g NATMAP-NO\n-A NATMAP -j NATMAP-NO\n',
    });
    expect(said).toEqual([
      'mine/snat.njk:1:1 template-rule: a template printed a rule that leads to chain NATMAP-NO, which has no rules in nat',
    ]);
  });

  test('a rule that leads to a chain whose name holds more words', () => {
    const own = { 'snat.njk': '*nat\n-A NATMAP -j NATMAP-{{ name | quote }}\n' };
    const rules = 'snat: [{int_ip: 10.0.0.1, ext_if: a, name: OUTPUT --modprobe=/tmp/x}]';
    expect(rendered(own, rules).said).toEqual([
      expect.stringContaining('no quotes around "NATMAP-OUTPUT --modprobe=/tmp/x" here'),
    ]);
  });

  const comment = (length: number) => ` -m comment --comment "${"'".repeat(length)}"`;

  test.each<[form: string, line: string]>([
    ['that natmap knows', `-A NATMAP${comment(255).repeat(30)} -j ACCEPT`],
    ['that only the kernel knows', `-A NATMAP -p esp${comment(1000).repeat(8)} -j ACCEPT`],
  ])('a rule of a form %s, longer in it than a line may be', (_, line) => {
    const { rules, problems } = readOutput(`*nat\n${line}\n`, 'ipv4');
    const problem = 'as iptables-save prints it, the rule is longer than 10158 bytes';
    expect(problems).toEqual([{ line, problem }]);
    expect(rules).toEqual([]);
  });

  test('with the template, the line and the entry in the message', () => {
    const { diagnostics, said } = rendered({
      'snat.njk': '*nat\n-A INPUT -s {{ int }} -j ACCEPT\n',
    });
    expect(said).toEqual([
      `mine/snat.njk:1:1 template-outside: this template printed "-A INPUT -s 10.0.0.0/24 -j ACCEPT": chain INPUT is not natmap's: only NATMAP and NATMAP-* are`,
    ]);
    expect(diagnostics).toMatchObject([{ related: [{ message: 'for this entry' }] }]);
  });

  test('each problem of a template once, also of many mappings', () => {
    const rules = 'snat: [{int_ip: 10.0.0.1, ext_if: a}, {int_ip: 10.0.0.2, ext_if: a}]';
    const own = { 'snat.njk': '*nat\n-F\n-X\n-A INPUT -s {{ int }}\n' };
    expect(rendered(own, rules).said).toHaveLength(3);
  });
});
