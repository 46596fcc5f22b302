import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkJson } from '../../src/report/check-json.ts';
import { validJson } from '../support/json-schema.ts';
import { anyDiagnostic, between, diagnostic } from './diagnostic-places.ts';

const counts = { mappings: 3, rules: 10 };

test('what was found is counted and listed', () => {
  const related = [{ message: 'the first one', at: between('x: ▸y▸', 'rules.d/b.yaml') }];
  expect(validJson(checkJson([diagnostic({ related })], counts))).toEqual({
    schema: 'natmap.check/v1',
    errors: 1,
    warnings: 0,
    mappings: 3,
    rules: 10,
    diagnostics: [
      {
        code: 'bad-port',
        severity: 'error',
        message: 'port 70000 is above 65535',
        hint: 'take another',
        at: { file: 'rules.d/a.yaml', line: 2, column: 12, endLine: 2, endColumn: 17 },
        related: [
          {
            message: 'the first one',
            at: { file: 'rules.d/b.yaml', line: 1, column: 4, endLine: 1, endColumn: 5 },
          },
        ],
      },
    ],
  });
});

test('all output is valid against the schema', () => {
  fc.assert(
    fc.property(fc.array(anyDiagnostic, { maxLength: 3 }), (diagnostics) => {
      const content = validJson(checkJson(diagnostics, counts)) as { errors: number };
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      expect(content.errors).toBe(errors.length);
    }),
  );
});
