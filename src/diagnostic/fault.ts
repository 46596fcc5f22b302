/** Something outside failed; the message is for people and says what, and nothing has been done. */
export class Fault extends Error {}
