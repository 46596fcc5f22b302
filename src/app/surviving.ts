// Attempts that fail and never end the process: Node reports some failures, such as too many open files when
// a program is started, as events that no `catch` sees and after which nothing is ever settled.
import { releaseNetworkLock } from '../host/network-lock.ts';
import type { Console } from './console.ts';

export interface Attempts {
  /** What `act` gives; false when it fails, also by way of such an event. */
  run(act: () => Promise<boolean>): Promise<boolean>;
  /** Runs what may fail. */
  forgive(act: () => void): void;
}

export function surviving(console: Console): Attempts {
  let fail: (error: unknown) => void = () => undefined;
  const failed = (error: unknown) => fail(error);
  process.on('uncaughtException', failed).on('unhandledRejection', failed);
  const say = (error: unknown) =>
    console.say(`error: ${error instanceof Error ? error.message : error}`);
  return {
    run: async (act) => {
      try {
        const event = new Promise<never>((_, reject) => {
          fail = reject;
        });
        return await Promise.race([act(), event]);
      } catch (error) {
        say(error);
        // An attempt that is never settled would keep it for ever.
        releaseNetworkLock();
        return false;
      } finally {
        fail = () => undefined;
      }
    },
    forgive: (act) => {
      try {
        act();
      } catch (error) {
        say(error);
      }
    },
  };
}
