import { expect, test } from 'vitest';
import { diffJson } from '../../src/report/diff-json.ts';
import { validJson } from '../support/json-schema.ts';
import { digest, dnat, natmapRules, reportOf } from './diff-reports.ts';

test('every change and what it means for connections is reported', () => {
  const origin = { file: 'rules.d/10-mail.yaml', line: 4, name: 'mail' };
  const report = reportOf(
    natmapRules(dnat(25)),
    natmapRules(dnat(25, '-s 198.51.100.0/24 '), dnat(465), '-m set --match-set x src -j DROP'),
    (_, __, spec) => (spec === dnat(465) ? origin : null),
  );
  const everyone = { source: null, interface: null, external: '203.0.113.43', protocol: 'tcp' };
  expect(validJson(diffJson(report))).toEqual({
    schema: 'natmap.diff/v1',
    changed: true,
    summary: 'ipv4: 3 rules added, 1 removed',
    digest,
    families: [
      {
        family: 'ipv4',
        rulesAdded: 3,
        rulesRemoved: 1,
        opened: [
          {
            words: 'everyone → 203.0.113.43:465/tcp → 10.0.0.101:465',
            fromThisHost: false,
            ...everyone,
            except: [],
            firstPort: 465,
            lastPort: 465,
            to: '10.0.0.101:465',
            conditional: false,
            comment: 'natmap:dnat:203.0.113.43:465',
            origin,
          },
        ],
        closed: [
          {
            words: 'everyone except 198.51.100.0/24 → 203.0.113.43:25/tcp → 10.0.0.101:25',
            fromThisHost: false,
            ...everyone,
            except: [{ source: '198.51.100.0/24', interface: null, external: '203.0.113.43' }],
            firstPort: 25,
            lastPort: 25,
            to: '10.0.0.101:25',
            conditional: false,
            comment: 'natmap:dnat:203.0.113.43:25',
            origin: null,
          },
        ],
        unclear: ['-A NATMAP -m set --match-set x src -j DROP'],
        moves: [],
        changes: [
          change('removed', dnat(25), 1, 'natmap:dnat:203.0.113.43:25'),
          change('added', dnat(25, '-s 198.51.100.0/24 '), 1, 'natmap:dnat:203.0.113.43:25'),
          { ...change('added', dnat(465), 2, 'natmap:dnat:203.0.113.43:465'), origin },
          change('added', '-m set --match-set x src -j DROP', 3, null),
        ],
      },
    ],
  });
});

function change(kind: string, spec: string, number: number, comment: string | null) {
  const line = `-A NATMAP ${spec}`;
  return { kind, table: 'nat', chain: 'NATMAP', line, number, comment, origin: null };
}

test('no change is reported as such', () => {
  const none = natmapRules(dnat(25));
  expect(validJson(diffJson(reportOf(none, none)))).toMatchObject({
    changed: false,
    families: [{ rulesAdded: 0, rulesRemoved: 0, opened: [], closed: [], changes: [] }],
  });
});
