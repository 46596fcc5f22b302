// The words of one rule, taken one after another as getopt_long(3) takes them.

export class OptionWords {
  /** The next one is the last. */
  private readonly words: string[];

  constructor(words: readonly string[]) {
    this.words = [...words].reverse();
  }

  /** An option, without a value that stands in the same word: `-ptcp`, `--source=10.0.0.1`. */
  takeOption(): string | null {
    const word = this.take();
    if (word === null) return null;
    const isLong = word.startsWith('--');
    const end = isLong ? word.indexOf('=') : 2;
    const option = word.slice(0, end);
    if (isLong ? end < 3 : word.length < 3 || !attachable.has(option)) return word;
    this.words.push(word.slice(isLong ? end + 1 : end));
    return option;
  }

  take(): string | null {
    return this.words.pop() ?? null;
  }
}

/** Short options that take a value in the same word. */
const attachable: ReadonlySet<string> = new Set([...'sdiopmjg'].map((letter) => `-${letter}`));
