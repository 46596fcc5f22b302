import { describe, expect, test } from 'vitest';
import { builtinTemplates } from '../../src/template/builtin.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { listen } from '../listen.ts';
import { marked } from '../support/marked.ts';
import { oneSnat, rendered } from './templates.ts';

const builtin = [
  'nat NATMAP-POSTROUTING -s 10.0.0.0/24 -o vmbr0 -m comment --comment "natmap:snat:10.0.0.0/24:masquerade" -j MASQUERADE',
];

test('the built-in templates know all the names that they use, and compile to what they say', () => {
  const own = Object.fromEntries(
    builtinTemplates.map(({ name, text }) => [name.replace('templates/', ''), text]),
  );
  const rules = `${oneSnat}
dnat: [{ext_ip: 203.0.113.1, int_ip: 10.0.0.1, ports: [80, 8000-8010], local: true}]
hairpin: [{ext_ip: 203.0.113.1, int_ip: 10.0.0.1, ports: 80, lan_cidr: 10.0.0.0/24}]
docker: [{target_ip: 10.0.0.9, name: printer, ports: [9100, "127.0.0.1:9101:9100"]}]`;
  expect(rendered(own, rules)).toEqual(rendered({}, rules));
  expect(rendered(own, rules).said).toEqual([]);
});

describe("a user's template", () => {
  test('replaces the built-in one of the same file name, and no other', () => {
    const own = { 'snat.njk': '*nat\n-A NATMAP-POSTROUTING -s {{ int }} -j MASQUERADE\n' };
    const rules = `${oneSnat}\ndnat: [{ext_ip: 203.0.113.1, int_ip: 10.0.0.1, ports: 80}]`;
    const builtIn = rendered({}, rules).rules;
    expect(rendered(own, rules).rules).toEqual(
      builtIn.map((rule) =>
        rule.startsWith('nat NATMAP-POSTROUTING')
          ? 'nat NATMAP-POSTROUTING -s 10.0.0.0/24 -j MASQUERADE'
          : rule,
      ),
    );
  });

  test('may include others, which may use the variables of each', () => {
    const own = {
      'snat.njk': '*nat\n{% include "jump.njk" %}',
      'jump.njk':
        '-A NATMAP-POSTROUTING -o {{ ext_if }} {% if lan %}-s {{ lan }}{% endif %} -j MASQUERADE\n',
    };
    expect(
      rendered({ ...own, 'jump.njk': own['jump.njk'].replace(/\{% if.*endif %\} /, '') }),
    ).toMatchObject({
      rules: ['nat NATMAP-POSTROUTING -o vmbr0 -j MASQUERADE'],
      said: [],
      unused: [],
    });
  });

  test('may leave out what is missing, where it says so', () => {
    const own = {
      'snat.njk': '*nat\n{% include "extra.njk" ignore missing %}\n-A NATMAP -j RETURN\n',
    };
    expect(rendered(own)).toMatchObject({ rules: ['nat NATMAP -j RETURN'], said: [] });
    const extra = { ...own, 'extra.njk': '-A NATMAP -o {{ ext_if }} -j ACCEPT\n' };
    expect(rendered(extra)).toMatchObject({
      rules: ['nat NATMAP -o vmbr0 -j ACCEPT', 'nat NATMAP -j RETURN'],
      said: [],
    });
  });

  test('that nothing uses is reported', () => {
    expect(rendered({ 'snta.njk': '*nat\n' })).toMatchObject({
      rules: builtin,
      unused: ['mine/snta.njk'],
    });
  });

  test('may set variables, loop, define macros and use filters and tests', () => {
    const own = {
      'snat.njk': `
{% set chain = "NATMAP-POSTROUTING" %}
{% macro rule(port, target="RETURN") %}-A {{ chain }} -p tcp --dport {{ port }} -j {{ target }}{% endmacro %}
*nat
{% for port in [25, 80] %}
{{ rule(port) if loop.first else rule(port, target="ACCEPT") }}
{% endfor %}
{% for key, value in {a: 1, b: 2} %}
{% if value is odd and key != "b" and ext is not defined == false %}
-A {{ chain }} -m comment --comment {{ key | upper | quote }} -j {{ name | replace("LAN", "ACCEPT") }}
{% endif %}
{% endfor %}
{# a comment with {{ nothing }} in it #}
`,
    };
    expect(rendered(own)).toMatchObject({
      rules: [
        'nat NATMAP-POSTROUTING -p tcp -m tcp --dport 25 -j RETURN',
        'nat NATMAP-POSTROUTING -p tcp -m tcp --dport 80 -j ACCEPT',
        'nat NATMAP-POSTROUTING -m comment --comment A -j ACCEPT',
      ],
      said: [],
    });
  });
});

describe('a name that nothing defines is an error where it stands', () => {
  test.each<[what: string, template: string, message: string]>([
    ['printed', '{{ ▸intt }}', 'unknown variable "intt"'],
    ['in a condition', '{% if ▸extt %}x{% endif %}', 'unknown variable "extt"'],
    ['in an elif', '{% if ext %}{% elif ▸extt %}{% endif %}', 'unknown variable "extt"'],
    ['in a loop', '{% for x in ▸ports %}{{ x }}{% endfor %}', 'unknown variable "ports"'],
    ['in an inline condition', '{{ int if ▸extt else "" }}', 'unknown variable "extt"'],
    ['behind not and and', '{% if not ext and ▸extt %}{% endif %}', 'unknown variable "extt"'],
    ['in a filter’s argument', '{{ int | default(▸extt) }}', 'unknown variable "extt"'],
    [
      'in a macro’s argument',
      '{% macro m(a) %}{{ a }}{% endmacro %}{{ m(▸extt) }}',
      'unknown variable "extt"',
    ],
    ['set from', '{% set x = ▸extt %}{{ x }}', 'unknown variable "extt"'],
    ['in a list', '{% for x in [int, ▸extt] %}{{ x }}{% endfor %}', 'unknown variable "extt"'],
    ['as a key', '{{ {a: 1}[▸extt] }}', 'unknown variable "extt"'],
    ['as a filter', '{{ int | ▸quot }}', 'unknown filter "quot"'],
    ['as a filter in a condition', '{% if ext | ▸quot %}{% endif %}', 'unknown filter "quot"'],
    ['of another template', '{{ ▸host_port }}', 'unknown variable "host_port"'],
  ])('%s', (_, template, message) => {
    const { files, places } = marked({ 'mine/snat.njk': `*nat\n${template}\n` });
    const { said } = rendered({ 'snat.njk': files['mine/snat.njk'] ?? '' });
    expect(said[0]).toBe(`${places[0]} template-unknown-name: ${message}`);
  });

  test('with the nearest one as a hint', () => {
    const { diagnostics } = rendered({ 'snat.njk': '{{ itn }}{{ zzzzzz }}' });
    expect(diagnostics).toMatchObject([
      { hint: 'did you mean int?' },
      { hint: 'known here: family, name, comment, int, ext_if, except_if, ext' },
      { code: 'template-error' },
    ]);
  });

  test('even in a template that no mapping uses', () => {
    expect(rendered({ 'docker.njk': '{{ x }}' }).said).toEqual([
      'mine/docker.njk:1:4 template-unknown-name: unknown variable "x"',
    ]);
  });
});

describe('a template that cannot be rendered is an error', () => {
  test.each<[what: string, template: string, place: string, message: RegExp]>([
    ['an open tag', '*nat\n{% if ext %}x', '1:1', /expected elif, else, or endif, got end of file/],
    ['an unknown tag', '*nat\n{% fi %}', '2:4', /unknown block tag: fi/],
    ['a stray word', '*nat\n{{ int int }}', '2:8', /expected variable end/],
    [
      'a missing template',
      '*nat\n{% include "no.njk" %}',
      '',
      /error: template not found: no\.njk$/,
    ],
    [
      'a file outside',
      '*nat\n{% include "/etc/passwd" %}',
      '',
      /error: template not found: \/etc\/passwd$/,
    ],
    ['a value that is nothing', '*nat\n{{ ext }}', '2:', /null or undefined/],
    ['nothing in quotes', '*nat\n{{ ext | quote }}', '1:1', /there is nothing to quote/],
    [
      'a text that no word can hold',
      '*nat\n{{ ("a" + "\\n") | quote }}',
      '1:1',
      /text cannot stand in a rule: it contains a control character/,
    ],
  ])('%s', (_, template, place, message) => {
    const { said } = rendered({ 'snat.njk': template });
    expect(said.length).toBeGreaterThan(0);
    expect(said[0]).toMatch(message);
    expect(said[0]).toContain(`mine/snat.njk:${place}`);
    expect(said[0]).toContain('template-');
  });

  test('at the place in an include', () => {
    const { files, places } = marked({ 'mine/part.njk': '\n-A NATMAP -s ▸{{ ext.x }}' });
    const part = files['mine/part.njk'] ?? '';
    const { said } = rendered({ 'snat.njk': '*nat\n{% include "part.njk" %}', 'part.njk': part });
    expect(said).toEqual([
      `${places[0]} template-error: attempted to output null or undefined value`,
    ]);
  });

  // nunjucks would render what includes it as nothing, and fail after that.
  test('before it is rendered where an include does not compile', () => {
    const { report, said } = listen();
    const twice = '{% block a %}{% endblock %}{% block a %}{% endblock %}';
    createTemplates([{ name: 'mine/part.njk', text: twice }], report);
    expect(said()).toEqual(['mine/part.njk:1:1 template-error: Block "a" defined more than once.']);
  });

  test('reported once, however many mappings it has', () => {
    const rules = 'snat: [{int_ip: 10.0.0.1, ext_if: a}, {int_ip: 10.0.0.2, ext_if: a}]';
    expect(rendered({ 'snat.njk': '{{ ext }}' }, rules).said).toHaveLength(1);
  });

  test('with the entry that it was rendered for', () => {
    const { diagnostics } = rendered({ 'snat.njk': '{{ ext }}' });
    expect(diagnostics).toMatchObject([
      { related: [{ message: 'for this entry', at: { source: { name: 'a.yaml' } } }] },
    ]);
  });
});

describe('a template gets at nothing but its variables', () => {
  test.each([
    ['the process', '{{ process }}'],
    ['a global', '{{ globalThis }}'],
    ['a function of Node', '{{ require("fs") }}'],
  ])('%s', (_, template) => {
    expect(rendered({ 'snat.njk': template }).said[0]).toContain('template-unknown-name');
  });
});
