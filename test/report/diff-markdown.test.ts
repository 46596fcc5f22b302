import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, test } from 'vitest';
import type { ReachabilityChange } from '../../src/analysis/reachability-diff.ts';
import { diffMarkdown } from '../../src/report/diff-markdown.ts';
import type { DiffReport } from '../../src/report/diff-report.ts';
import { hostileName } from '../support/hostile-names.ts';
import { digest, dnat, natmapRules, reportOf } from './diff-reports.ts';

const plenty = 1_000_000;

test('a comment tells first what becomes reachable, then folds the diff', () => {
  const report = reportOf(natmapRules(dnat(25)), natmapRules(dnat(465)), (_, __, spec) =>
    spec === dnat(465) ? { file: 'rules.d/10-mail.yaml', line: 4, name: 'mail' } : null,
  );
  expect(diffMarkdown(report, plenty)).toBe(`<!-- natmap.diff/v1 -->
### natmap diff

| family | rules added | rules removed | becomes reachable | stops being reachable |
| --- | ---: | ---: | ---: | ---: |
| ipv4 | 1 | 1 | 1 | 1 |

Plan \`${digest}\`: \`natmap apply --expect-digest\` carries out this one and no other.

**Becomes reachable**

- \`everyone → 203.0.113.43:465/tcp → 10.0.0.101:465\` by \`rules.d/10-mail.yaml:4 mail\`

**Stops being reachable**

- \`everyone → 203.0.113.43:25/tcp → 10.0.0.101:25\` by \`natmap:dnat:203.0.113.43:25\`

<details><summary>ipv4: 1 rule added, 1 removed</summary>

\`\`\`diff
--- ipv4 live
+++ ipv4 after apply
@@ -2,5 +2,5 @@
 :PREROUTING ACCEPT
 :NATMAP -
 -A PREROUTING -j NATMAP
--A NATMAP ${dnat(25)}  # natmap:dnat:203.0.113.43:25
+-A NATMAP ${dnat(465)}  # rules.d/10-mail.yaml:4 mail
 COMMIT
\`\`\`

</details>

`);
});

test('without a change nothing is folded', () => {
  const none = natmapRules(dnat(25));
  const text = diffMarkdown(reportOf(none, none), plenty);
  expect(text).toContain('| ipv4 | 0 | 0 | 0 | 0 |');
  expect(text).toContain('No DNAT leads elsewhere than before.');
  expect(text).not.toContain('<details>');
});

test('rules that cannot be put into words are counted', () => {
  const report = reportOf(natmapRules(), natmapRules('-m set --match-set x src -j DROP'));
  expect(diffMarkdown(report, plenty)).toContain('1 rule cannot be put into words: see the diff.');
});

describe('a comment is cut to its size', () => {
  const ports = Array.from({ length: 500 }, (_, index) => 2 * index + 1);
  const report = reportOf(
    natmapRules(...ports.map((port) => dnat(port + 1))),
    natmapRules(...ports.map((port) => dnat(port))),
  );

  test.each([2000, 2001, 5000, 20_000, 60_000, 100_000])('%i bytes', (size) => {
    const text = diffMarkdown(report, size);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(size);
    expect(text).toContain(digest);
    expect(text).toMatch(/\*\*Cut to \d+ bytes: \d+ lines less\.\*\* All of it: `natmap diff /);
    // Whole lines, and nothing left open.
    for (const line of text.split('\n')) {
      if (line.startsWith('- `')) expect(line).toMatch(/^- `.*` by `natmap:dnat:.*`$/);
    }
    expect(text.split('<details>')).toHaveLength(text.split('</details>').length);
    expect(text.match(/^```/gm)?.length ?? 0).toBeOneOf([0, 2]);
  });

  test('so that both lists and the diff have a part', () => {
    const text = diffMarkdown(report, 60_000);
    expect(text.match(/^- … and \d+ more$/gm)).toHaveLength(2);
    expect(text).toMatch(/^… and \d+ more lines$/m);
  });

  test('lines are only cut where they do not fit', () => {
    const whole = diffMarkdown(report, plenty);
    expect(whole).not.toContain('Cut to');
    expect(diffMarkdown(report, Buffer.byteLength(whole))).toBe(whole);
    expect(diffMarkdown(report, Buffer.byteLength(whole) - 1)).toContain('Cut to');
  });
});

/** What people from outside may have put into rules, labels and file names. */
interface Values {
  readonly spec: string;
  readonly file: string;
  readonly name: string;
  readonly to: string;
}

const markdown = fc.oneof(
  hostileName,
  fc.constantFrom(
    ...[
      '`',
      '``',
      '```',
      '~~~',
      '` `',
      '``` x',
      '\n```\n',
      '</code></pre></details>',
      '<img src=x>',
    ],
    ...['[a](https://example.org)', '![](https://example.org/x.png)', 'https://example.org'],
    ...['www.example.org', 'a@example.org', '@everyone', '#1', '!1', '$`x`$', '$$', ':smile:'],
    ...[
      '/close',
      '\n/close\n',
      '::include{file=a}',
      '|',
      '\\|',
      '\\',
      '- x',
      '# x',
      '<!--',
      '&lt;',
    ],
    ...['*x*', '__x__', '~~x~~', '[^1]', '[x]: y', '\t', '    x', '```diff', '\u2028', '<details>'],
  ),
);
const values: fc.Arbitrary<Values> = fc.record({
  spec: fc.array(markdown, { maxLength: 3 }).map((parts) => parts.join('')),
  file: markdown,
  name: markdown,
  to: markdown,
});

function hostileReport({ spec, file, name, to }: Values): DiffReport {
  // A comment may hold line breaks.
  const printed = `-A NATMAP ${spec}`.split('\n');
  const reach: ReachabilityChange = {
    hook: 'PREROUTING',
    protocol: 'tcp',
    ports: { first: 25, last: 25 },
    space: { ext: null, inInterface: name, source: null },
    except: [],
    to,
    isConditional: false,
    rule: { table: 'nat', chain: 'NATMAP', spec },
  };
  const changes = (['same', 'removed', 'added'] as const).map((kind) => ({ kind, lines: printed }));
  const lines = (['removed', 'added'] as const).flatMap((kind) =>
    printed.map((line, nth) => ({
      ...{ kind, line, table: 'nat', chain: 'NATMAP' },
      rule: nth === 0 ? { spec, number: 1 } : null,
    })),
  );
  return {
    digest,
    families: [
      {
        diff: { family: 'ipv4', changes },
        lines,
        moves: [],
        reach: { opened: [reach], closed: [], unclear: [] },
        sourceOf: () => ({ file, line: 1, name }),
      },
    ],
  };
}

/** As GitHub and GitLab make of it, before they add mentions and the like outside of code. */
function html(text: string): string {
  return micromark(text, {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
}

const code = /<code[^>]*>([^<]*)<\/code>/g;

test('whatever a value holds, it stays within code and changes nothing around it', () => {
  const skeleton = (text: string) => html(text).replace(code, '<code>');
  const harmless = skeleton(
    diffMarkdown(hostileReport({ spec: 'x', file: 'x', name: 'x', to: 'x' }), plenty),
  );
  fc.assert(
    fc.property(values, (hostile) => {
      const text = diffMarkdown(hostileReport(hostile), plenty);
      expect(skeleton(text)).toBe(harmless);
      // Quick actions and includes begin lines, of which a value begins none.
      expect(text).not.toMatch(/^(\/|::)/m);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('code shows the value as it is', () => {
  const shown = (name: string) => {
    const text = diffMarkdown(hostileReport({ spec: 'x', file: 'f', name, to: 'x' }), plenty);
    return [...html(text).matchAll(code)].map(([, content]) => content);
  };
  for (const name of ['a`b', '`', '``a', ' a ', 'a|b', '\\', '*x*']) {
    expect(shown(name)).toContain(`f:1 ${name}`);
  }
  expect(shown('<b>&amp;')).toContain('f:1 &lt;b&gt;&amp;amp;');
});

test('Markdown counts the rules of dispatch trees and does not list them', () => {
  const tree = `-p tcp -m comment --comment "natmap:dispatch" -g NATMAP-t`;
  const text = diffMarkdown(reportOf(natmapRules(), natmapRules(tree, dnat(25))), 60_000);
  expect(text).toContain('Not shown: 1 dispatch rule added, and the chains that they lead to.');
  expect(text).not.toContain('-g NATMAP-t');
  expect(text).toContain(`+-A NATMAP ${dnat(25)}`);
  expect(text).toContain('| ipv4 | 1 | 0 |');
});
