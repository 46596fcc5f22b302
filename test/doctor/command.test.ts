import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasUnseen } from '../../src/diagnostic/visible.ts';
import { commandLine, lasting, sysctlLine } from '../../src/doctor/command.ts';
import { hostileName } from '../support/hostile-names.ts';

test.each([
  [['sysctl', '-w', 'net.ipv4.ip_forward=1'], 'sysctl -w net.ipv4.ip_forward=1'],
  [['iptables', '!', '-i', 'br0'], "iptables '!' -i br0"],
  [['ip', 'link', 'set', 'a;reboot'], "ip link set 'a;reboot'"],
  [['cat', "it's"], "cat 'it'\\''s'"],
  [['cat', ''], "cat ''"],
  [['cat', '\u001b[31m'], "cat $'\\U0000001b[31m'"],
])('%j is %s', (words, line) => {
  expect(commandLine(...words)).toBe(line);
});

test('bash passes on the same words, and none of them draws on a terminal', () => {
  // What is no text of its own, or ends the word, no process could be given either.
  const word = hostileName.filter((text) => text.isWellFormed() && !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), (words) => {
      const line = commandLine('printf', '%s\\0', ...words);
      expect(hasUnseen(line)).toBe(false);
      const printed = execFileSync('bash', ['--norc', '-c', line], { env: { LC_ALL: 'C.UTF-8' } });
      expect(printed.toString().split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 50 },
  );
});

describe('a setting', () => {
  test.each([
    ['net/ipv4/conf/br0/route_localnet', 'net.ipv4.conf.br0.route_localnet'],
    ['net/ipv4/conf/eth0.100/route_localnet', 'net/ipv4/conf/eth0.100/route_localnet'],
  ])('%s is called %s', (path, name) => {
    expect(sysctlLine(path, '1')).toBe(`sysctl -w ${name}=1`);
    expect(lasting(path, '1')).toContain(`${name} = 1`);
  });
});
