// Text for man(7), escaped so that it prints as it was given.

/** Words of a person's: may be broken at hyphens, flags among them may not. */
export function prose(text: string): string {
  return guard(
    escaped(text).replace(/(?<=^|[\s(/])-+(?=\w)/g, (dashes) => '\\-'.repeat(dashes.length)),
  );
}

/** What is typed or read by a program: every hyphen is a minus. */
export function literal(text: string): string {
  return guard(escaped(text).replaceAll('-', '\\-'));
}

export function bold(text: string): string {
  return `\\fB${literal(text)}\\fR`;
}

export function heading(title: string): string[] {
  return [`.SH ${title.toUpperCase()}`];
}

/** A paragraph with a tag that hangs out of it. */
export function tagged(tag: string, text: string): string[] {
  return ['.TP', bold(tag), prose(text)];
}

/** Lines that stay as they are. */
export function display(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.map(literal), '.fi', '.RE'];
}

/** The first line of a page. There is no date in it: the same natmap gives the same page. */
export function title(name: string, section: number, version: string): string {
  return `.TH ${literal(name)} ${section} "" "natmap ${version}" "natmap"`;
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');
}

/** A line that begins with a dot would be a macro. */
function guard(text: string): string {
  return text.replace(/^\./gm, '\\&.');
}
