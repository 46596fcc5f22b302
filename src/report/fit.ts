// A text of blocks cut to a size, whole lines at a time.

/** Lines that may be cut, between lines that stand and fall with them. */
export interface Block {
  readonly opening: readonly string[];
  readonly lines: readonly string[];
  readonly closing: readonly string[];
  /** Stands in place of the lines that are cut. */
  more(count: number): string;
  /** Bytes that the block may take at the most. */
  readonly most: number;
}

export interface Fitted {
  readonly lines: readonly string[];
  /** How many are not there. */
  readonly cut: number;
}

/** As much of the blocks as `maxBytes` of UTF-8 hold, in their order. */
export function fitBlocks(blocks: readonly Block[], maxBytes: number): Fitted {
  let left = maxBytes;
  let cut = 0;
  const lines = blocks.flatMap((block) => {
    const fitted = fitBlock(block, Math.min(left, block.most));
    left -= bytesOf(fitted.lines);
    cut += fitted.cut;
    return fitted.lines;
  });
  return { lines, cut };
}

export function wholeBlock({ opening, lines, closing }: Block): readonly string[] {
  return [...opening, ...lines, ...closing];
}

function fitBlock(block: Block, maxBytes: number): Fitted {
  const { opening, lines, closing, more } = block;
  const framed = bytesOf([...opening, ...closing]);
  if (framed + bytesOf(lines) <= maxBytes) return { lines: wholeBlock(block), cut: 0 };
  let left = maxBytes - framed - bytesOf([more(lines.length)]);
  const taken = lines.slice(
    0,
    lines.findIndex((line) => {
      left -= bytesOf([line]);
      return left < 0;
    }),
  );
  const cut = lines.length - taken.length;
  // Not even one line: then the frame is of no use either.
  if (taken.length === 0) return { lines: [], cut };
  return { lines: [...opening, ...taken, more(cut), ...closing], cut };
}

/** With the line breaks. */
export function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
