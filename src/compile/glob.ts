// Globs: `*` is any text, `?` one character, everything else itself.

/** Takes at most as many steps as the two lengths multiplied, whatever either holds. */
export function matchesGlob(glob: string, text: string): boolean {
  const [pattern, characters] = [[...glob], [...text]];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let next = 0; next < characters.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = next;
    } else if (pattern[at] === '?' || pattern[at] === characters[next]) {
      at++;
      next++;
    } else if (star >= 0) {
      // The last star takes one character more: an earlier one need never give way.
      at = star + 1;
      next = ++resume;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((character) => character === '*');
}
