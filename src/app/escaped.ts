// Exceptions that no caller can catch, as they come out of an event: Node ends the process at once.
import { exitCode } from './exit.ts';

/** Ends the process with `say` and exit code 70, unless somebody has more to end: {@link deferEscaped}. */
export function endWithEscaped(say: (error: Error) => void): void {
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') > 1) return;
    say(error);
    process.exit(exitCode.internalError);
  });
}

/**
 * Keeps them from ending the process while `act` runs.
 *
 * @param act gets a function that gives the first one, or null
 */
export async function deferEscaped<T>(
  act: (escaped: () => Error | null) => Promise<T>,
): Promise<T> {
  let first: Error | null = null;
  const keep = (error: Error) => {
    first ??= error;
  };
  process.on('uncaughtException', keep);
  try {
    return await act(() => first);
  } finally {
    process.off('uncaughtException', keep);
  }
}
