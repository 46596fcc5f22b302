// Texts of other people, names in a snapshot above all, may be of any length.

/** The beginning of a text, as much of it as helps. */
export function clip(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
