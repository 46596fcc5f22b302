// One line on the terminal that says what is being done, for as long as it is.
//
// Most of natmap's work is synchronous, and no timer fires meanwhile: what will take long by its size
// is said when it begins, and everything else when it begins late, or by a timer where there is one.

/** Milliseconds from the start of natmap after which its user wonders. */
const patience = 500;

export interface Progress {
  /** @param estimate milliseconds that it will take at least */
  show(line: string, estimate: number): void;
  clear(): void;
}

/** @param elapsed milliseconds since natmap was started */
export function createProgress(
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>,
  elapsed: () => number = () => performance.now(),
): Progress {
  const isPossible = stream.isTTY === true && process.env.TERM !== 'dumb';
  let isShown = false;
  let timer: NodeJS.Timeout | undefined;
  const write = (line: string) => {
    isShown = true;
    // Back to the first column, and clear the line: ECMA-48 EL.
    stream.write(`\r\u001b[K${line}`);
  };
  const clear = () => {
    clearTimeout(timer);
    if (!isShown) return;
    isShown = false;
    stream.write('\r\u001b[K');
  };
  return {
    show(line, estimate) {
      if (!isPossible) return;
      clearTimeout(timer);
      const left = patience - elapsed() - estimate;
      if (left <= 0) write(line);
      else timer = setTimeout(() => write(line), left).unref();
    },
    clear,
  };
}
