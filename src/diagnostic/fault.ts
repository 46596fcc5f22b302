/** Something outside failed; the message is for people and says what, and nothing has been done. */
export class Fault extends Error {
  override readonly name: string = 'Fault';
  /** What to do about it, or null. */
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}
