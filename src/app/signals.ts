// Signals that ask a command to end, remembered until it can do so in order.
import { type EndingSignal, signalCode } from './exit.ts';

/**
 * From here on these signals do not end the process.
 *
 * @returns tells the first one that came, or null
 */
export function deferSignals(): () => EndingSignal | null {
  let first: EndingSignal | null = null;
  const names = Object.keys(signalCode) as EndingSignal[];
  for (const name of names) {
    process.on(name, () => {
      first ??= name;
    });
  }
  return () => first;
}
