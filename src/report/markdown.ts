// Values in Markdown, as GitHub and GitLab read it (CommonMark and GFM): always as code, in which
// nothing is a link, a mention, an emoji, a quick action or HTML.
import { visible } from '../diagnostic/visible.ts';

/** A code span; no text ends it early. Not for tables, whose cells end at a `|` even in code. */
export function codeSpan(text: string): string {
  const shown = visible(text);
  const delimiter = '`'.repeat(longestRun(shown) + 1);
  // Where both sides have a blank, one of each is not shown.
  const pad = /^[ `]|[ `]$/.test(shown) || shown === '' ? ' ' : '';
  return `${delimiter}${pad}${shown}${pad}${delimiter}`;
}

/** The lines that open and close a code block in which these lines are nothing but text. */
export function fenceOf(lines: readonly string[], language: string): readonly [string, string] {
  const longest = lines.reduce((most, line) => Math.max(most, longestRun(line)), 2);
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, fence];
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
