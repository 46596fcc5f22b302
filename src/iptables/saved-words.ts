// The words of a rule as iptables-save prints it, which is not always what iptables-restore reads.
//
// Each match and target prints its own options: some quote a text (xtables_save_string, or a printf with
// quotes in it), most print a name as it is, whatever it holds. So a double quote means something only
// behind an option that quotes. Source: the save functions in extensions/ of iptables 1.8.2 to 1.8.11.

/** One word of a rule. */
interface SavedWord {
  /** What it stands for: without quotes and backslashes where these are not part of it. */
  readonly value: string;
  /** As printed. */
  readonly text: string;
  readonly isQuoted: boolean;
}

export interface SavedLine {
  readonly words: readonly SavedWord[];
  /** Whether the line ends within a quoted text, which then goes on in the next one. */
  readonly isOpen: boolean;
}

/** The values of a rule's words. */
export function savedWords(spec: string): readonly string[] {
  if (!spec.includes('"')) return spec.split(' ').filter((word) => word !== '');
  return scanSaved(spec).words.map(({ value }) => value);
}

export function scanSaved(line: string): SavedLine {
  const words: SavedWord[] = [];
  let [extension, option] = ['', ''];
  for (let at = 0; at < line.length; ) {
    if (line[at] === ' ') {
      at++;
      continue;
    }
    const style = styleOf(option, extension);
    const mayOpen = line[at] === '"' && style !== 'bare';
    const quoted = mayOpen ? quotedAt(line, at) : null;
    if (mayOpen && style !== 'unknown' && quoted === null && !isClosed(line, at)) {
      return { words: [...words, bare(line.slice(at))], isOpen: true };
    }
    const text = quoted ?? line.slice(at, endOfWord(line, at));
    words.push(quoted === null ? bare(text) : { value: unquoted(text), text, isQuoted: true });
    if (option === '-m' || option === '-j') extension = text;
    option = style === 'unknown' ? text : '';
    at += text.length;
  }
  return { words, isOpen: false };
}

/**
 * The rule as iptables-restore has to be given it: there a double quote opens a quoted text wherever it
 * stands (add_param_to_argv, iptables/xshared.c).
 */
export function restorableText(spec: string): string {
  if (!/["\t]/.test(spec)) return spec;
  return scanSaved(spec)
    .words.map((word) => (word.isQuoted ? word.text : restorableWord(word.text)))
    .join(' ');
}

/** One word of a line for iptables-restore. */
export function restorableWord(text: string): string {
  return /["\t]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** How the value of an option is printed; `unknown` when this is no option, or none of iptables' own. */
export type Style =
  /** By xtables_save_string, which leaves out quotes that are not needed. */
  | 'string'
  /** With quotes around it, needed or not. */
  | 'quoted'
  /** As it is, whatever it holds. */
  | 'bare'
  | 'unknown';

/** @param extension the match or target that the option belongs to: some share the name of an option */
export function styleOf(option: string, extension: string): Style {
  if (bareOptions.has(option) || bareOptions.has(`${extension} ${option}`)) return 'bare';
  if (savedStrings.has(option)) return 'string';
  return quotedOptions.has(option) ? 'quoted' : 'unknown';
}

const savedStrings: ReadonlySet<string> = new Set([
  '--comment',
  '--helper',
  '--log-prefix',
  '--nfacct-name',
  '--nflog-prefix',
  '--path',
  '--ulog-prefix',
]);

const quotedOptions: ReadonlySet<string> = new Set([
  '--bytecode',
  '--hex-string',
  '--label',
  '--led-trigger-id',
  '--string',
  '--u32',
]);

/** Options whose value is a name that is printed as it is; with an extension, only in that one. */
const bareOptions: ReadonlySet<string> = new Set([
  '-A',
  '-g',
  '-i',
  '-j',
  '-m',
  '-o',
  '--add-set',
  '--condition',
  '--del-set',
  '--genre',
  '--hashlimit-name',
  '--map-set',
  '--match-set',
  '--name',
  '--object-pinned',
  '--oif',
  '--physdev-in',
  '--physdev-out',
  '--rateest',
  '--rateest-name',
  '--rateest1',
  '--rateest2',
  '--selctx',
  '--timeout',
  'CT --helper',
  'IDLETIMER --label',
]);

function bare(text: string): SavedWord {
  return { value: text, text, isQuoted: false };
}

/** The quoted text that begins there and ends with its word, or null. */
function quotedAt(line: string, at: number): string | null {
  quotedText.lastIndex = at;
  return quotedText.exec(line)?.[0] ?? null;
}

const quotedText = /"(?:[^"\\]|\\.)*"(?= |$)/gsy;

/** Whether some quote closes the text that begins there, also in the middle of a word. */
function isClosed(line: string, at: number): boolean {
  closedText.lastIndex = at;
  return closedText.test(line);
}

const closedText = /"(?:[^"\\]|\\.)*"/gsy;

function endOfWord(line: string, at: number): number {
  const blank = line.indexOf(' ', at);
  return blank < 0 ? line.length : blank;
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}
