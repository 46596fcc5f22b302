// Colour, decided in one place for each stream: --color, then NO_COLOR, then FORCE_COLOR, then
// whether the stream is a terminal (no-color.org, force-color.org).

export type ColorChoice = 'auto' | 'always' | 'never';

export type Paint = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

/** Paints text, or gives it back as it is. */
export type Style = (paint: Paint, text: string) => string;

const codes: Readonly<Record<Paint, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  bold: [1, 22],
  dim: [2, 22],
};

export function createStyle(
  choice: ColorChoice,
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Style {
  if (!isColored(choice, environment, isTerminal)) return (_, text) => text;
  return (paint, text) => {
    const [on, off] = codes[paint];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

function isColored(
  choice: ColorChoice,
  { NO_COLOR, FORCE_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return isTerminal && TERM !== 'dumb';
}
