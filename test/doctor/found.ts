/** What a check finds, in a form that fits on a screen. */

import { humanPlace } from '../../src/diagnostic/source.ts';
import type { Check } from '../../src/doctor/check.ts';
import { factsOf, type Given } from './host.ts';

export interface Summary {
  /** `severity: message`. */
  readonly what: string;
  readonly rules?: readonly string[];
  /** `line: mapping` of rules.yaml. */
  readonly for: readonly string[];
  readonly run: readonly string[];
}

export function found(check: Check, given: Given): Summary[] {
  return check.find(factsOf(given)).map(({ severity, message, rules, affected, commands }) => ({
    what: `${severity}: ${message}`,
    ...(rules === undefined ? {} : { rules }),
    for: (affected ?? []).map(({ mapping, at }) => `${humanPlace(at).line}: ${mapping}`),
    run: commands,
  }));
}
