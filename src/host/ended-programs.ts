// Who wants to know which programs are run can listen here; nobody has to pass a listener on.
import { channel } from 'node:diagnostics_channel';

/** A program that has ended; none of what it was given or has printed. */
export interface EndedProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** Null when it could not be started or was ended by a signal. */
  readonly code: number | null;
  readonly milliseconds: number;
}

const ended = channel('natmap:ended-programs');

export function tellEnded(program: EndedProgram): void {
  ended.publish(program);
}

export function onEndedProgram(listener: (program: EndedProgram) => void): void {
  ended.subscribe((message) => listener(message as EndedProgram));
}
