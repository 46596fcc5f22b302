import { describe, expect, test } from 'vitest';
import { formatStatus, shortCount, statusJson, summarizeStatus } from '../../src/report/status.ts';
import { createStyle } from '../../src/report/style.ts';
import type { FamilyStatus, MappingStatus } from '../../src/status/status.ts';
import { validJson } from '../support/json-schema.ts';

const layout = { width: null, listed: 2, style: createStyle('never', {}, false) };

const mail: MappingStatus = {
  kind: 'dnat',
  maps: '203.0.113.43:25/tcp → 10.0.0.101',
  label: 'mail',
  file: 'rules.d/a.yaml',
  line: 4,
  state: 'live',
  rules: { wanted: 2, live: 2, shared: 0 },
  count: { packets: 3n, bytes: 18446744073709551616n },
};

const web: MappingStatus = {
  ...mail,
  kind: 'docker',
  maps: '*:80/tcp → 172.18.0.2',
  label: null,
  line: 9,
  state: 'partly live',
  rules: { wanted: 4, live: 3, shared: 2 },
  count: { packets: 1n, bytes: 60n },
};

const out: MappingStatus = {
  ...web,
  kind: 'snat',
  state: 'missing',
  count: null,
  rules: { wanted: 1, live: 0, shared: 0 },
};

function family(change: Partial<FamilyStatus>): FamilyStatus {
  return { family: 'ipv4', isInSync: false, mappings: [], missing: [], extra: [], ...change };
}

describe('the status for people', () => {
  test('is a row for each mapping', () => {
    expect(formatStatus([family({ mappings: [mail, out] })], layout)).toBe(
      `STATE    PACKETS      BYTES  MAPPING                           LABEL  AT
live           3  18446744T  203.0.113.43:25/tcp → 10.0.0.101  mail   rules.d/a.yaml:4
missing        -          -  *:80/tcp → 172.18.0.2                    rules.d/a.yaml:9
`,
    );
  });

  test('marks counts that other mappings have a part in', () => {
    const text = formatStatus([family({ mappings: [web] })], layout);
    expect(text).toContain('1*    60*  *:80/tcp');
    expect(text).toContain('\n* counts of rules that it shares with other mappings are in it\n');
  });

  test('lists what is missing beside the mappings and what is not wanted, up to a bound', () => {
    const given = family({
      missing: ['nat -A A -j NATMAP'],
      extra: ['filter -A B', 'filter -A C\u001b', 'x'],
    });
    expect(formatStatus([given], layout)).toBe(`ipv4: missing beside the mappings (1):
  nat -A A -j NATMAP
ipv4: natmap's, and not in the desired state (3):
  filter -A B
  filter -A C\\u001b
  … and 1 more (-v shows all)
`);
    expect(formatStatus([given], { ...layout, listed: 3 })).not.toContain('more');
  });

  test('without a mapping is nothing', () => {
    expect(formatStatus([family({ isInSync: true })], layout)).toBe('');
  });
});

describe('the summary', () => {
  test.each<[text: string, status: Partial<FamilyStatus>]>([
    ['ipv4: 1 mapping, in sync', { isInSync: true, mappings: [mail] }],
    ['ipv4: 4 mappings, 2 missing, 1 partly live', { mappings: [mail, web, out, out] }],
    [
      'ipv4: 0 mappings, 1 other rule missing, 2 extra lines',
      { missing: ['a'], extra: ['b', 'c'] },
    ],
    ['ipv4: 1 mapping, in another order', { mappings: [mail] }],
  ])('%s', (text, status) => {
    expect(summarizeStatus([family(status)])).toBe(text);
  });

  test('has both families', () => {
    const both = [family({ isInSync: true }), family({ family: 'ipv6', isInSync: true })];
    expect(summarizeStatus(both)).toBe('ipv4: 0 mappings, in sync; ipv6: 0 mappings, in sync');
  });
});

test.each<[count: bigint, text: string]>([
  [0n, '0'],
  [99_999n, '99999'],
  [100_000n, '100K'],
  [9_999_499n, '9999K'],
  [9_999_500n, '10M'],
  [123_456_789_012n, '123G'],
  [2n ** 64n, '18446744T'],
])('%s is printed as iptables -L prints it: %s', (count, text) => {
  expect(shortCount(count)).toBe(text);
});

test('the status as JSON has no characters that draw on a screen', () => {
  const label = 'a\u202eb\u2028\u009b"\n';
  const text = statusJson([family({ mappings: [{ ...mail, label }] })]);
  expect(text).toContain(String.raw`"a\u202eb\u2028\u009b\"\n"`);
  expect(JSON.parse(text).families[0].mappings[0].label).toBe(label);
});

test('the status as JSON has everything, with counts as text', () => {
  const families = [family({ mappings: [mail, out], missing: ['m'], extra: ['e'] })];
  const common = { label: 'mail', file: 'rules.d/a.yaml', line: 4 };
  expect(validJson(statusJson(families))).toEqual({
    schema: 'natmap.status/v1',
    inSync: false,
    families: [
      {
        family: 'ipv4',
        inSync: false,
        mappings: [
          {
            kind: 'dnat',
            maps: '203.0.113.43:25/tcp → 10.0.0.101',
            ...common,
            state: 'live',
            packets: '3',
            bytes: '18446744073709551616',
            rules: { wanted: 2, live: 2, shared: 0 },
          },
          {
            kind: 'snat',
            maps: '*:80/tcp → 172.18.0.2',
            ...common,
            label: null,
            line: 9,
            state: 'missing',
            packets: null,
            bytes: null,
            rules: { wanted: 1, live: 0, shared: 0 },
          },
        ],
        missing: ['m'],
        extra: ['e'],
      },
    ],
  });
});
