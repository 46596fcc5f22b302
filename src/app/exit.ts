// Exit codes: contract, section 7.

export const exitCode = {
  done: 0,
  differs: 1,
  badInput: 2,
  refused: 3,
  applyFailed: 4,
  goingBackFailed: 5,
  /** EX_SOFTWARE of sysexits(3). */
  internalError: 70,
} as const;

/** 128 and the number of the signal (signal(7)), as shells say it. */
export const signalCode = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The signals that end a command in order. */
export type EndingSignal = keyof typeof signalCode;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode] | (typeof signalCode)[EndingSignal];

/** Ends a command with a message for people and an exit code. */
export class Stop extends Error {
  override readonly name = 'Stop';
  readonly code: ExitCode;
  /** What to do next, or null. */
  readonly hint: string | null;

  constructor(code: ExitCode, message: string, hint: string | null = null) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
