// Exit codes: contract, section 7.

export const exitCode = {
  done: 0,
  differs: 1,
  badInput: 2,
  applyFailed: 4,
  goingBackFailed: 5,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Ends a command with a message for people and an exit code. */
export class Stop extends Error {
  readonly code: ExitCode;
  /** What to do next, or null. */
  readonly hint: string | null;

  constructor(code: ExitCode, message: string, hint: string | null = null) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
