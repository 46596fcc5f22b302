// Rules of two states side by side, port by port: a sweep that stops where some rule begins or ends.

import { highestPort, type PortRange } from '../net/ports.ts';
import { type Protocol, protocolNumbers } from '../net/protocol.ts';
import { closedRanges, rangesContain } from '../packet/range-set.ts';
import { onlyPort } from './translated-destination.ts';
import type { PlacedRule } from './translation-rules.ts';

/** Ports that the same rules match, which are not the same rules before and after. */
export interface ChangedPorts {
  readonly ports: PortRange;
  /** Those that match there, before and after. */
  readonly rules: readonly PlacedRule[];
}

export function* changedPorts(
  protocol: Protocol,
  before: readonly PlacedRule[],
  after: readonly PlacedRule[],
): Generator<ChangedPorts> {
  const [was, is] = [sweep(before, protocol), sweep(after, protocol)];
  const starts = [...was.starts, ...is.starts].sort((a, b) => a - b);
  for (const [index, first] of starts.entries()) {
    const next = starts[index + 1];
    if (next === undefined || next === first) continue;
    const [there, here] = [was.at(first), is.at(first)];
    if (areSame(there, here)) continue;
    const rules = [...there, ...here].map(({ placed }) => placed);
    yield { ports: { first, last: next - 1 }, rules };
  }
}

interface Sweep {
  /** Where a rule begins, the port behind one, and around each port that all others are forwarded to. */
  readonly starts: readonly number[];
  /** The rules of a port; ports have to be asked for in increasing order. */
  at(port: number): readonly Span[];
}

interface Span {
  readonly placed: PlacedRule;
  readonly order: number;
  readonly ports: PortRange;
  readonly onlyPort: number | null;
}

function sweep(rules: readonly PlacedRule[], protocol: Protocol): Sweep {
  const spans = rules
    .flatMap((rule, order) => spansOf(rule, order, protocolNumbers[protocol]))
    .sort((a, b) => a.ports.first - b.ports.first);
  let open: readonly Span[] = [];
  let next = 0;
  return {
    starts: spans.flatMap(({ ports, onlyPort: port }) => [
      ...[ports.first, ports.last + 1],
      // On its own port, what is forwarded to one port is the same as what keeps it.
      ...(port === null ? [] : [port, port + 1]),
    ]),
    at(port) {
      const from = next;
      while ((spans[next]?.ports.first ?? Number.POSITIVE_INFINITY) <= port) next++;
      const lasting = open.filter(({ ports }) => ports.last >= port);
      if (next > from || lasting.length < open.length) {
        open = [...lasting, ...spans.slice(from, next)].sort((a, b) => a.order - b.order);
      }
      return open;
    },
  };
}

function spansOf(placed: PlacedRule, order: number, protocol: number): Span[] {
  const { rule, packets } = placed;
  const { action } = rule;
  const isForward = action.kind === 'translate' && action.translation.kind === 'destination';
  const port = isForward ? onlyPort(action.translation) : null;
  return packets
    .filter((box) => box.protocol === undefined || rangesContain(box.protocol, protocol))
    .flatMap((box) => {
      const ranges = box.destinationPort === undefined ? every : closedRanges(box.destinationPort);
      return ranges.map((ports) => ({ placed, order, ports, onlyPort: port }));
    });
}

const every: readonly PortRange[] = [{ first: 1, last: highestPort }];

function areSame(a: readonly Span[], b: readonly Span[]): boolean {
  return (
    a.length === b.length && a.every(({ placed }, index) => placed.key === b[index]?.placed.key)
  );
}
