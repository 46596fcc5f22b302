// Readers that go away, and disks that are full.

/**
 * Keeps a stream that fails from ending the command: an apply whose reader went away has to end in
 * one of the states that it promises, and to say which by its exit code.
 *
 * A reader that goes away early, as in `natmap diff | head`, is no error; any other failure to
 * write, as to a full disk, is reported on the other stream, and `onLoss` hears of it.
 */
export function surviveBrokenStreams(onLoss: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE' || stream !== process.stdout) return;
      onLoss();
      process.stderr.write(`error: cannot write to standard output: ${message}\n`);
    });
  }
}
