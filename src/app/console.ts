// The streams: data to stdout, everything else to stderr.
import { bytesOf } from '../iptables/bytes.ts';
import { createStyle, type Style } from '../report/style.ts';
import type { OutputOptions } from './options.ts';
import { createProgress } from './progress.ts';

export interface Console {
  /** Data, ending in a line break. */
  out(text: string): void;
  /** A message, without a line break at its end. */
  say(text: string): void;
  /** A message that `-q` silences. */
  note(text: string): void;
  /** A message for `-v`: never a text that may hold a secret. */
  detail(text: string): void;
  /** The same for `-vv`. */
  trace(text: string): void;
  /**
   * Says on a terminal what is being done, when that takes long; the next message takes its place.
   *
   * @param estimate milliseconds that it will take, as far as that is known
   */
  stage(doing: string, estimate?: number): void;
  /** Columns of the terminal that data goes to, or null when it goes elsewhere. */
  readonly outWidth: number | null;
  /** The same for messages. */
  readonly errWidth: number | null;
  readonly outStyle: Style;
  readonly errStyle: Style;
}

/** There is one terminal, however many consoles write to it. */
const progress = createProgress(process.stderr);

export function createConsole(options: OutputOptions): Console {
  const { color, quiet = false, verbose = 0 } = options;
  const style = (stream: NodeJS.WriteStream) =>
    createStyle(color, process.env, stream.isTTY === true);
  const errStyle = style(process.stderr);
  const write = (stream: NodeJS.WriteStream, text: string) => {
    progress.clear();
    if (stream.writable) stream.write(bytesOf(text));
  };
  const say = (text: string) => write(process.stderr, `${text}\n`);
  const sayAt = (level: number) => (text: string) => {
    if (verbose >= level) say(errStyle('dim', text));
  };
  const trace = sayAt(2);
  return {
    out: (text) => write(process.stdout, text),
    say,
    note: (text) => {
      if (!quiet) say(text);
    },
    detail: sayAt(1),
    trace,
    stage(doing, estimate = 0) {
      trace(`${Math.round(performance.now())} ms: ${doing}`);
      if (!quiet) progress.show(errStyle('dim', `${doing} …`), estimate);
    },
    // Some terminals say that they are 0 columns wide.
    outWidth: process.stdout.columns || null,
    errWidth: process.stderr.columns || null,
    outStyle: style(process.stdout),
    errStyle,
  };
}

/** Takes the line of progress away before somebody else writes to the terminal. */
export function clearProgress(): void {
  progress.clear();
}
