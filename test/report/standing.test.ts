import { describe, expect, test } from 'vitest';
import { formatStanding, type Standing } from '../../src/report/standing.ts';
import { createStyle } from '../../src/report/style.ts';

const sound: Standing = {
  rules: {
    kind: 'found',
    folder: 'rules.d',
    files: 2,
    mappings: 14,
    said: null,
    hasErrors: false,
  },
  snapshot: { kind: 'not needed' },
  live: { kind: 'in sync' },
  secondsToConfirm: null,
};

function lines(more: Partial<Standing>): string[] {
  const text = formatStanding({ ...sound, ...more }, createStyle('never', {}, false));
  return text.split('\n').slice(0, -1);
}

test('where one stands is four rows', () => {
  expect(lines({})).toEqual([
    'rules     rules.d: 2 files, 14 mappings; no errors, no warnings',
    'snapshot  none, and none is needed',
    'live      in sync',
    'next      natmap status',
  ]);
});

const withErrors = { ...sound.rules, said: '1 error', hasErrors: true } as const;
const file = { kind: 'file', path: 'snapshot.json' } as const;
const denied = { kind: 'unreadable', reason: 'cannot read the live rules' } as const;

describe('the next command is', () => {
  test.each<[command: string, standing: Partial<Standing>]>([
    ['natmap check', { rules: withErrors, live: { kind: 'not compared' } }],
    [
      'natmap check --docker snapshot.json',
      { rules: withErrors, snapshot: file, live: { kind: 'not compared' } },
    ],
    [
      'natmap snapshot -o snapshot.json',
      { rules: withErrors, snapshot: { kind: 'missing' }, live: { kind: 'not compared' } },
    ],
    ['sudo natmap diff', { live: { ...denied, isRoot: false } }],
    ['natmap render', { live: { ...denied, isRoot: true } }],
    ['natmap diff', { live: { kind: 'differs', summary: 'ipv4: 1 rule added' } }],
    ['natmap status --docker snapshot.json', { snapshot: file }],
  ])('%s', (command, standing) => {
    expect(lines(standing)[3]).toBe(`next      ${command}`);
  });

  test('confirm or rollback while an apply waits, whatever else there is to do', () => {
    expect(lines({ secondsToConfirm: 25, rules: withErrors }).slice(3)).toEqual([
      'waits     an apply awaits confirmation (25 s left)',
      'next      natmap confirm',
      '          natmap rollback',
    ]);
  });

  test('none while the files are as they were installed, without a mapping', () => {
    const shown = lines({ rules: { kind: 'blank', folder: '/etc/natmap/rules.d', files: 1 } });
    expect(shown[0]).toBe('rules     /etc/natmap/rules.d: 1 file, with comments only');
    expect(shown[3]).toMatch(/^next {6}write the first mapping/);
  });

  test('none before there is a first mapping, which is shown', () => {
    const shown = lines({
      rules: { kind: 'none', folder: '/etc/natmap/rules.d' },
      live: { kind: 'not compared' },
    });
    expect(shown[0]).toBe('rules     none: /etc/natmap/rules.d is missing or has no .yaml files');
    expect(shown.slice(3)).toEqual([
      'next      write the first mapping to /etc/natmap/rules.d/10-web.yaml, as',
      '            dnat:',
      '              - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 80}',
      '          and run: natmap check',
    ]);
  });
});

test('a reason from outside cannot draw on the screen', () => {
  const shown = lines({ live: { kind: 'unreadable', reason: 'a\u001b[2J', isRoot: true } });
  expect(shown[2]).toBe('live      a\\u001b[2J');
});
