// Claims side by side, port by port: a sweep that stops where some claim begins or ends.
import type { PortRange } from '../net/ports.ts';
import type { Claim } from './claim.ts';

/** Ports that the same claims hold, which are not the same before and after. */
export interface Interval {
  readonly ports: PortRange;
  /** In the order of the rules. */
  readonly before: readonly Claim[];
  readonly after: readonly Claim[];
}

export function* changedIntervals(
  before: readonly Claim[],
  after: readonly Claim[],
): Generator<Interval> {
  const [was, is] = [sweep(before), sweep(after)];
  const starts = [...was.starts, ...is.starts].sort((a, b) => a - b);
  for (const [index, first] of starts.entries()) {
    const next = starts[index + 1];
    if (next === undefined || next === first) continue;
    const [there, here] = [was.at(first), is.at(first)];
    if (areSame(there, here)) continue;
    yield { ports: { first, last: next - 1 }, before: there, after: here };
  }
}

interface Sweep {
  /** Where a claim begins, the port behind one, and around each port that all others lead to. */
  readonly starts: readonly number[];
  /** The claims on a port; ports have to be asked for in increasing order. */
  at(port: number): readonly Claim[];
}

interface Span {
  readonly claim: Claim;
  readonly order: number;
  readonly ports: PortRange;
}

function sweep(claims: readonly Claim[]): Sweep {
  const spans: readonly Span[] = claims
    .flatMap((claim, order) => claim.ports.map((ports) => ({ claim, order, ports })))
    .sort((a, b) => a.ports.first - b.ports.first);
  let open: readonly Span[] = [];
  let next = 0;
  return {
    starts: spans.flatMap(({ ports, claim: { to } }) => {
      const ends = [ports.first, ports.last + 1];
      return to?.ports.kind === 'among' ? [...ends, ...around(to.ports.ports)] : ends;
    }),
    at(port) {
      const from = next;
      while ((spans[next]?.ports.first ?? Number.POSITIVE_INFINITY) <= port) next++;
      const lasting = open.filter(({ ports }) => ports.last >= port);
      if (next > from || lasting.length < open.length) {
        open = [...lasting, ...spans.slice(from, next)].sort((a, b) => a.order - b.order);
      }
      return open.map(({ claim }) => claim);
    },
  };
}

/** On its own port, what leads to one port is the same as what keeps it. */
function around({ first, last }: PortRange): number[] {
  return first === last ? [first, first + 1] : [];
}

function areSame(a: readonly Claim[], b: readonly Claim[]): boolean {
  return a.length === b.length && a.every((claim, index) => isSame(claim, b[index]));
}

function isSame(a: Claim, b: Claim | undefined): boolean {
  return (
    a.rule.spec === b?.rule.spec &&
    a.rule.chain === b.rule.chain &&
    a.isConditional === b.isConditional
  );
}
