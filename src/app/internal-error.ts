// What is said of an exception that stands for nothing else: a fault of natmap's, or of the host under it.

/** @param changesHost whether the command may have changed the live rules */
export function internalError(error: unknown, changesHost: boolean): string {
  const state = changesHost ? '; the state is unknown, `natmap status` tells' : '';
  return `internal error${state}\n${describe(error)}`;
}

/** A system call that failed needs no stack: EMFILE or EIO says all there is to say. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'syscall' in error ? error.message : (error.stack ?? error.message);
}
