// The streams: data to stdout, everything else to stderr.
import { createStyle, type Style } from '../report/style.ts';
import type { OutputOptions } from './options.ts';

export interface Console {
  /** Data, ending in a line break. */
  out(text: string): void;
  /** A message, without a line break at its end. */
  say(text: string): void;
  /** A message that `-q` silences. */
  note(text: string): void;
  /** Columns of the terminal that data goes to, or null when it goes elsewhere. */
  readonly outWidth: number | null;
  readonly outStyle: Style;
  readonly errStyle: Style;
}

export function createConsole(options: OutputOptions): Console {
  const style = (stream: NodeJS.WriteStream) =>
    createStyle(options.color, process.env, stream.isTTY === true);
  const write = (stream: NodeJS.WriteStream, text: string) => {
    if (stream.writable) stream.write(text);
  };
  const say = (text: string) => write(process.stderr, `${text}\n`);
  return {
    out: (text) => write(process.stdout, text),
    say,
    note: (text) => {
      if (!options.quiet) say(text);
    },
    // Some terminals say that they are 0 columns wide.
    outWidth: process.stdout.columns || null,
    outStyle: style(process.stdout),
    errStyle: style(process.stderr),
  };
}

/**
 * Keeps a stream that fails from ending the command: an apply whose reader went away has to end in
 * one of the states that it promises, and to say which by its exit code.
 *
 * A reader that goes away early, as in `natmap diff | head`, is no error; any other failure to
 * write, as to a full disk, is told on the other stream, and `onLoss` hears of it.
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
