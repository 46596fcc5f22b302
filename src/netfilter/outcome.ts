// What one packet comes to, in values: the ending of a trace without the sets it is made of.
import { type Address, addressOf } from '../net/address.ts';
import type { Dimension } from '../packet/dimensions.ts';
import type { Bound, RangeSet } from '../packet/range-set.ts';
import type { EndDisposition, Ending } from './ending.ts';
import type { ReadRule } from './tables.ts';
import { valuesNow } from './view.ts';

/** Null where the model does not know which of several values it is. */
export interface Outcome {
  readonly disposition: EndDisposition;
  readonly source: Address | null;
  readonly destination: Address | null;
  readonly destinationPort: number | null;
  readonly rule: ReadRule | null;
}

/** The outcomes that a packet may have: when it is one, the model is certain of it. */
export function outcomesOf(endings: readonly Ending[]): Outcome[] {
  const outcomes = new Map<string, Outcome>();
  for (const ending of endings) {
    const outcome = outcomeOf(ending);
    const { disposition, source, destination, destinationPort } = outcome;
    const key = isGone(disposition)
      ? disposition
      : [disposition, source?.text, destination?.text, destinationPort].join(' ');
    if (!outcomes.has(key)) outcomes.set(key, outcome);
  }
  return [...outcomes.values()];
}

/** Whether the packet reaches nobody. */
export function isGone(disposition: EndDisposition): boolean {
  return !['delivered', 'sent', 'queued', 'unknown'].includes(disposition);
}

function outcomeOf({ stream: { packets, view }, disposition, rule }: Ending): Outcome {
  const value = (dimension: Dimension) =>
    singleValue(valuesNow(packets, view, dimension)?.[0] ?? []);
  const address = (bound: Bound | null) =>
    bound === null || typeof bound === 'string' ? null : addressOf(bound);
  const port = value('destinationPort');
  return {
    disposition,
    source: address(value('source')),
    destination: address(value('destination')),
    destinationPort: port === null ? null : Number(port),
    rule,
  };
}

function singleValue([first, end, ...others]: RangeSet): Bound | null {
  if (first === undefined || end === undefined || others.length > 0) return null;
  if (typeof first === 'number') return end === first + 1 ? first : null;
  return typeof first === 'bigint' && end === first + 1n ? first : null;
}
