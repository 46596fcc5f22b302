// Ports and port ranges, and what it takes to read them from text.

/** Ports `first` to `last`, both included, 1 to 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const highestPort = 65535;

/** Why a text is no port or range, in words for the person who wrote it. */
export type PortProblem = { readonly problem: string };

/** Reads `N`, `A-B` or `A:B`, in decimal without leading zeros. */
export function parsePortRange(text: string): PortRange | PortProblem {
  const match = /^([^:-]*)(?:[:-](.*))?$/s.exec(text);
  const first = parsePort(match?.[1] ?? text);
  if (typeof first !== 'number') return first;
  if (match?.[2] === undefined) return { first, last: first };
  const last = parsePort(match[2]);
  if (typeof last !== 'number') return last;
  if (last < first) return { problem: `range ${text} ends before it begins` };
  return { first, last };
}

/** Reads one port in decimal without leading zeros (`080` is 80 to one reader and octal to another). */
export function parsePort(text: string): number | PortProblem {
  if (text === '') return { problem: 'a port is missing' };
  if (!/^[0-9]+$/.test(text)) return { problem: `${JSON.stringify(text)} is not a port number` };
  if (/^0[0-9]/.test(text)) return { problem: `port ${text} has a leading zero` };
  const port = Number(text);
  if (port === 0) return { problem: 'port 0 cannot be mapped' };
  if (port > highestPort) return { problem: `port ${text} is above ${highestPort}` };
  return port;
}

export function isPortProblem<T>(value: T | PortProblem): value is PortProblem {
  return typeof value === 'object' && value !== null && 'problem' in value;
}

/** Ports in the range. */
export function portCount(range: PortRange): number {
  return range.last - range.first + 1;
}

export function samePorts(a: PortRange, b: PortRange): boolean {
  return a.first === b.first && a.last === b.last;
}

/** `N`, or the two ends joined by `separator`: `:` in a match, `-` in a target and for people. */
export function formatPorts(range: PortRange, separator: ':' | '-'): string {
  return range.first === range.last
    ? String(range.first)
    : `${range.first}${separator}${range.last}`;
}
