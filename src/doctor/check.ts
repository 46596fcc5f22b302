import type { Facts } from './facts.ts';
import type { FindingCode, Found } from './finding.ts';

/** One thing that may be wrong with a host; pure, and the same findings for the same facts. */
export interface Check {
  readonly code: FindingCode;
  /** A fact that was not read gives no finding here: it is reported as such. */
  find(facts: Facts): readonly Found[];
}
