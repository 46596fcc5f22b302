/** Names that somebody might give a container to get into the rules, for fast-check. */
import fc from 'fast-check';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: natmap is to read them
const fragments = [
  ...['"', "'", '\\', '\\"', '\n', '\r\n', '\t', ' ', '\0', '\u0085', '\u2028', '\x1b[31m', '\x7f'],
  ...['-j ACCEPT', '-A INPUT -j ACCEPT', '-t nat', '-I', '--modprobe=/tmp/x', '-D FORWARD 1', '!'],
  ...['*filter', 'COMMIT', ':INPUT ACCEPT [0:0]', '# ', '[0:0] ', '-j NATMAP', 'natmap:'],
  ...['{{ name }}', '{% raw %}', '${wan}', '$(id)', '`id`', '; id', '%s%n', '<!--', '&amp;'],
  ...['🙂', 'é', 'e\u0301', '\ud800', '\uFEFF', 'ﬀ', '１', 'web', '_', '-', '.', '/', ':', ','],
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

/** Most are short; some have ten thousand bytes. */
export const hostileName: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...fragments) },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 6 })), {
        minLength: 1,
        maxLength: 5,
      })
      .map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: fc.string({ minLength: 1, unit: 'binary', maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('x', '"', '\\', '🙂', "'", 'a b ')
      .map((text) => text.repeat(10_000 / text.length)),
  },
);
