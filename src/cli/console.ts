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
  readonly outStyle: Style;
  readonly errStyle: Style;
}

export function createConsole(options: OutputOptions): Console {
  const style = (stream: NodeJS.WriteStream) =>
    createStyle(options.color, process.env, stream.isTTY === true);
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  return {
    out: (text) => void process.stdout.write(text),
    say,
    note: (text) => {
      if (!options.quiet) say(text);
    },
    outStyle: style(process.stdout),
    errStyle: style(process.stderr),
  };
}

/** A reader that goes away early, as in `natmap diff | head`, is no error. */
export function endQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}
