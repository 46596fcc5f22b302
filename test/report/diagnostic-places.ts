/** Diagnostics for the tests of their printers. */
import fc from 'fast-check';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { diagnosticCodes } from '../../src/diagnostic/reference.ts';
import type { Place } from '../../src/diagnostic/source.ts';
import { hostileName } from '../support/hostile-names.ts';

/** The place between the two `▸` of a text. */
export function between(text: string, name = 'rules.d/a.yaml'): Place {
  const [before = '', marked = '', after = ''] = text.split('▸');
  const source = { name, text: before + marked + after };
  return { source, offset: before.length, length: marked.length };
}

/** An error on the second line of a file, with what is given in place of it. */
export function diagnostic(more: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: 'bad-port',
    severity: 'error',
    message: 'port 70000 is above 65535',
    at: between('dnat:\n  - ports: ▸70000▸\n'),
    hint: 'take another',
    ...more,
  };
}

const place: fc.Arbitrary<Place> = fc
  .record({ name: hostileName, text: hostileName, offset: fc.nat(40), length: fc.nat(40) })
  .map(({ name, text, offset, length }) => ({ source: { name, text }, offset, length }));

/** What a hostile rule file or snapshot could make natmap say. */
export const anyDiagnostic: fc.Arbitrary<Diagnostic> = fc
  .record({
    code: fc.constantFrom(...diagnosticCodes),
    severity: fc.constantFrom('error' as const, 'warning' as const),
    message: hostileName,
    at: fc.option(place),
    hint: fc.option(hostileName, { nil: undefined }),
    related: fc.array(fc.record({ message: hostileName, at: place }), { maxLength: 2 }),
  })
  .map(({ hint, ...rest }) => (hint === undefined ? rest : { ...rest, hint }));
