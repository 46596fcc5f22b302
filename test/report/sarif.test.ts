import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/diagnostic/reference.ts';
import { formatSarif } from '../../src/report/sarif.ts';
import { schemaFaults } from '../support/json-schema.ts';
import { anyDiagnostic, between, diagnostic } from './diagnostic-places.ts';

/** The official schema, in Microsoft's package; draft-04, of which it uses nothing that later drafts lack. */
function officialSchema(): object {
  const main = createRequire(import.meta.url).resolve('@microsoft/jest-sarif');
  const path = join(dirname(main), 'schemas/sarif-2.1.0-rtm.5.json');
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(path, 'utf8'));
  return schema;
}

// It has a pattern that is none with the flag `u`, and formats that ajv does not know by itself.
const faultsOf = schemaFaults(officialSchema(), {
  strict: false,
  validateFormats: false,
  unicodeRegExp: false,
});

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly message: { readonly text: string };
      }[];
    },
  ];
}

function sarif(...diagnostics: Parameters<typeof formatSarif>[0]): Log {
  return JSON.parse(formatSarif(diagnostics, '1.2.3')) as Log;
}

test('every code is a rule with help', () => {
  const { rules } = sarif().runs[0].tool.driver;
  expect(rules.map(({ id }) => id)).toEqual(diagnosticCodes);
  expect(rules[0]).toEqual({
    id: 'yaml-syntax',
    shortDescription: {
      text: 'The file is not YAML 1.2, or holds several documents or a key twice.',
    },
    help: {
      text: 'The file is not YAML 1.2, or holds several documents or a key twice. Fix the line; keep one document a file.',
      markdown:
        'The file is not YAML 1.2, or holds several documents or a key twice.\n\nFix the line; keep one document a file.',
    },
    defaultConfiguration: { level: 'error' },
  });
});

test('a diagnostic is a result with its places', () => {
  const related = [{ message: 'the first one', at: between('x: ▸y▸', '/etc/natmap/b c.yaml') }];
  expect(sarif(diagnostic({ related })).runs[0].results).toEqual([
    {
      ruleId: 'bad-port',
      ruleIndex: diagnosticCodes.indexOf('bad-port'),
      level: 'error',
      message: { text: 'port 70000 is above 65535\nhint: take another' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'rules.d/a.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 2, startColumn: 12, endLine: 2, endColumn: 17 },
          },
        },
      ],
      relatedLocations: [
        {
          id: 0,
          physicalLocation: {
            artifactLocation: { uri: 'file:///etc/natmap/b%20c.yaml' },
            region: { startLine: 1, startColumn: 4, endLine: 1, endColumn: 5 },
          },
          message: { text: 'the first one' },
        },
      ],
    },
  ]);
});

describe('nothing in a message is a placeholder or a link', () => {
  test.each([
    ['unknown key "{0}"', 'unknown key "{{0}}"'],
    ['[here](https://example.org)', '\\[here](https://example.org)'],
    ['[2001:db8::1]:53/udp', '[2001:db8::1]:53/udp'],
  ])('%s', (message, text) => {
    expect(sarif(diagnostic({ message })).runs[0].results[0]?.message.text).toBe(
      `${text}\nhint: take another`,
    );
  });
});

test('every log is valid against the official schema', () => {
  expect(faultsOf(sarif())).toBeNull();
  fc.assert(
    fc.property(fc.array(anyDiagnostic, { maxLength: 3 }), (diagnostics) => {
      expect(faultsOf(sarif(...diagnostics))).toBeNull();
    }),
  );
});

test('the schema would find a fault', () => {
  expect(faultsOf({ version: '2.1.0', runs: [{ results: [{ message: {} }] }] })).not.toBeNull();
});
