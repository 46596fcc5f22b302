/**
 * What stands in the documents, README.md and docs/, that a program can judge.
 *
 * A command line stands in a fenced block of `console` after `$ `, and what it prints below it, if that is
 * shown at all. `…` is any text within a line, and alone on a line any lines. A command ends in
 * `# exit code N` where that is not 0. A fenced block that begins with a comment of no more than a FILE's
 * name is that file: `# FILE.yaml` in one of `yaml`, `{# FILE.njk #}` in one of `text`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { repository } from './natmap.ts';

/** A fenced or indented block; `line` is the number of its first line. */
interface Block {
  readonly language: string;
  readonly lines: readonly string[];
  readonly line: number;
}

export interface Page {
  /** From the root of the repository. */
  readonly name: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** What happens on a page. */
export type Step = Command | WrittenFile;

export interface Command {
  readonly kind: 'command';
  readonly command: string;
  readonly asRoot: boolean;
  readonly exitCode: number;
  /** Lines; none when it is not shown what it prints. */
  readonly shown: readonly string[];
}

interface WrittenFile {
  readonly kind: 'file';
  readonly name: string;
  readonly text: string;
}

/** The language of a block that is indented rather than fenced. */
const indented = 'indented';

export function pages(): readonly Page[] {
  const below = readdirSync(`${repository}docs`, { recursive: true, encoding: 'utf8' });
  const names = below.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  return ['README.md', ...names.sort()].map((name) =>
    readPage(name, readFileSync(`${repository}${name}`, 'utf8')),
  );
}

export function readPage(name: string, text: string): Page {
  return { name, text, blocks: blocksOf(text) };
}

/** The text without its fenced blocks; a line break within `code` is a blank. */
export function prose({ text }: Page): string {
  return text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`]+`/g, (code) => code.replaceAll('\n', ' '));
}

/** Everything of a page that happens, in order. */
export function stepsOf({ blocks }: Page): readonly Step[] {
  return blocks.flatMap((block): readonly Step[] => {
    if (block.language === 'console') return commandsOf(block);
    const file = namedFile(block);
    return file === null ? [] : [file];
  });
}

/** Whether a program printed what a document shows. */
export function isShown(printed: string, shown: readonly string[]): boolean {
  const pattern = shown.map((line) => (line === '…' ? '(?:.*\n)*?' : `${lineOf(line)}\n`)).join('');
  return new RegExp(`^${pattern}$`).test(printed === '' ? '' : `${printed.trimEnd()}\n`);
}

function lineOf(shown: string): string {
  return shown
    .split('…')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');
}

function commandsOf({ lines }: Block): Command[] {
  const starts = lines.flatMap((line, at) => (line.startsWith('$ ') ? [at] : []));
  return starts.map((start, index) => {
    const [, command = '', comment = ''] = /^\$ (.*?)(\s+# .*)?$/.exec(lines[start] ?? '') ?? [];
    return {
      kind: 'command',
      command,
      asRoot: /\bsudo\b/.test(command),
      exitCode: Number(/# exit code (\d+)/.exec(comment)?.[1] ?? 0),
      shown: lines.slice(start + 1, starts[index + 1]).filter((line) => line !== ''),
    };
  });
}

function namedFile({ language, lines }: Block): WrittenFile | null {
  const pattern = nameOfFile[language];
  const name = pattern?.exec(lines[0] ?? '')?.[1];
  return name === undefined ? null : { kind: 'file', name, text: `${lines.join('\n')}\n` };
}

const nameOfFile: Readonly<Record<string, RegExp>> = {
  yaml: /^# (\S+\.yaml)$/,
  text: /^\{# (\S+\.njk) #\}$/,
};

function blocksOf(text: string): Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\w*)$/.exec(lines[at] ?? '');
    const end = fence ? lines.indexOf('```', at + 1) : endOfIndented(lines, at);
    if (end === at) continue;
    const language = fence ? (fence[1] ?? '') : indented;
    blocks.push({ language, lines: lines.slice(fence ? at + 1 : at, end), line: at + 1 });
    at = end;
  }
  return blocks;
}

/** An indented block comes after an empty line; within a list it would be a paragraph of an item. */
function endOfIndented(lines: readonly string[], start: number): number {
  if (lines[start - 1] !== '' || !lines[start]?.startsWith('    ')) return start;
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('    '));
  return end < 0 ? lines.length : end;
}
