// A payload in small transactions, for who may not send a large one.

/** Few enough to fit in 200 kB, the largest message that a user may send (wmem_default, socket(7)). */
const pieceSize = 50;

export interface Pieces {
  readonly text: string;
  /** By line of the text, from 0: the 1-based line of the payload. */
  readonly lines: readonly number[];
}

/** The same lines in the same order, with a COMMIT after every few of them. */
export function inPieces(payload: string): Pieces {
  const pieces: string[] = [];
  const lines: number[] = [];
  let [table, size] = ['', 0];
  for (const [index, line] of payload.split('\n').slice(0, -1).entries()) {
    const isBoundary = line.startsWith('*') || line === 'COMMIT';
    const joint = size === pieceSize && !isBoundary ? ['COMMIT', table] : [];
    if (line.startsWith('*')) table = line;
    if (isBoundary || joint.length > 0) size = 0;
    if (!isBoundary) size++;
    for (const each of [...joint, line]) {
      pieces.push(`${each}\n`);
      lines.push(index + 1);
    }
  }
  return { text: pieces.join(''), lines };
}
