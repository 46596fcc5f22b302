/**
 * Nothing gets in: whatever stands in a YAML file, in a snapshot or in a value that a template
 * prints, the outcome is an error, or rules in our own chains and exactly the standing jumps.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../src/compile/compile.ts';
import { loadRuleSet } from '../src/config/load.ts';
import { selectedLabels } from '../src/config/selection.ts';
import { type Diagnostic, hasErrors } from '../src/diagnostic/diagnostic.ts';
import { readSnapshot } from '../src/docker/read.ts';
import { splitWords } from '../src/iptables/words.ts';
import { type Family, families } from '../src/net/family.ts';
import { printWanted } from '../src/plan/standalone.ts';
import { createTemplates } from '../src/template/engine.ts';
import { renderWanted } from '../src/template/render.ts';
import { expectOnlyOurs } from './only-ours.ts';

interface Inputs {
  readonly rules: string;
  readonly docker?: string;
  readonly templates?: Readonly<Record<string, string>>;
}

interface Outcome {
  readonly diagnostics: readonly Diagnostic[];
  /** What render prints, when there is no error. */
  readonly texts: readonly { readonly family: Family; readonly text: string }[];
}

function render({ rules, docker, templates = {} }: Inputs): Outcome {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const ruleSet = loadRuleSet([{ name: 'a.yaml', text: rules }], report);
  const labels = selectedLabels(ruleSet);
  const snapshot =
    docker === undefined
      ? null
      : readSnapshot({ name: 'docker.json', text: docker }, report, labels);
  const mappings = compile(ruleSet, snapshot, report);
  const own = Object.entries(templates).map(([name, text]) => ({ name, text }));
  const engine = createTemplates(own, report);
  const wanted = families.map((family) => renderWanted(mappings, family, engine, report));
  const texts = wanted.map((each) => ({ family: each.family, text: printWanted(each) }));
  return { diagnostics, texts: hasErrors(diagnostics) ? [] : texts };
}

function expectErrorOrOnlyOurs(inputs: Inputs): Outcome {
  const outcome = render(inputs);
  for (const { text, family } of outcome.texts) expectOnlyOurs(text, family);
  return outcome;
}

const evil = [
  '\n-A INPUT -j ACCEPT\n',
  '" -j ACCEPT -m comment --comment "',
  '\\" -j ACCEPT \\"',
  "' -j ACCEPT '",
  ' -j ACCEPT',
  '\u00a0-j\u00a0ACCEPT',
  '\u2028-A INPUT -j ACCEPT',
  '\u0085-A INPUT -j ACCEPT',
  '\r\n*filter\r\n:INPUT ACCEPT [0:0]\r\nCOMMIT',
  '\t-t\tfilter',
  '--table=filter',
  '-t',
  '!',
  '#',
  '\\',
  '"',
  '\0',
  '\u001b[2J',
  '\u202eevil',
  '\ud800',
  '🙂'.repeat(2560),
  'x'.repeat(10_240),
  '{{ 7 * 7 }}{% include "/etc/passwd" %}',
  '$(id)`id`%s$IFS',
  '../../etc/passwd',
  '203.0.113.1\n',
  '80;81',
  '__proto__',
  'NATMAP',
];

const hostile = fc.oneof(
  fc.constantFrom(...evil),
  fc
    .array(fc.oneof(fc.constantFrom(...evil, 'web', '80', '10.0.0.1'), fc.string()), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);

const sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  dnat: {
    ext_ip: '203.0.113.43',
    int_ip: '10.0.0.101',
    ports: '80',
    proto: 'tcp',
    ext_if: 'vmbr0',
    int_port: 8080,
    sources: ['198.51.100.0/24'],
    local: true,
    name: 'web',
    enabled: true,
  },
  snat: {
    int_ip: '10.0.0.0/24',
    ext_if: 'vmbr0',
    ext_ip: '203.0.113.43',
    name: 'out',
    enabled: true,
  },
  hairpin: {
    ext_ip: '203.0.113.43',
    int_ip: '10.0.0.101',
    ports: '81',
    proto: 'tcp',
    lan_cidr: '10.0.0.0/24',
    name: 'in',
    enabled: true,
  },
  docker: {
    container: 'web',
    network: 'front',
    ports: ['8080:80', '9000-9001:90-91/udp'],
    balance: 'random',
    sources: ['198.51.100.0/24', '2001:db8::/32'],
    name: 'box',
    enabled: true,
  },
  publish: {
    from: 'labels',
    select: { name: 'w*', project: 'shop', label: { 'natmap.ports': '*' } },
    exclude: { name: 'x' },
    sources: ['198.51.100.0/24', '2001:db8::/32'],
    name: 'published',
    enabled: true,
  },
};

function container(name: string, changed: Readonly<Record<string, string>> = {}): object {
  const { network = 'front', project = 'shop', service = 'web', mode = 'front', ...rest } = changed;
  return {
    Id: rest.id ?? 'abcdef',
    Name: name,
    State: { Running: true },
    HostConfig: { NetworkMode: mode },
    Config: {
      Labels: {
        'com.docker.compose.project': project,
        'com.docker.compose.service': service,
        'natmap.ports': rest.label ?? '80',
      },
    },
    NetworkSettings: {
      Ports: {
        [rest.port ?? '80/tcp']: [
          { HostIp: rest.hostIp ?? '0.0.0.0', HostPort: rest.hostPort ?? '8080' },
        ],
      },
      Networks: {
        [network]: {
          IPAddress: rest.ipv4 ?? '172.18.0.2',
          GlobalIPv6Address: rest.ipv6 ?? 'fd00::2',
        },
      },
    },
  };
}

function network(name: string, changed: Readonly<Record<string, unknown>> = {}): object {
  return {
    Name: name,
    Id: 'abcdef123456',
    Driver: 'bridge',
    Internal: false,
    IPAM: { Config: [{ Subnet: '172.18.0.0/16' }, { Subnet: 'fd00::/64' }] },
    Options: { 'com.docker.network.bridge.name': 'br-front' },
    ...changed,
  };
}

const snapshot = JSON.stringify([container('web', { label: '1080:80' }), network('front')]);

const fields = Object.entries(sections).flatMap(([section, entry]) =>
  Object.keys(entry).map((key) => ({ section, key })),
);

describe('a hostile text in a rules.d file', () => {
  test('the sound file that it is put into is rendered', () => {
    const { diagnostics, texts } = expectErrorOrOnlyOurs({
      rules: JSON.stringify(
        Object.fromEntries(Object.entries(sections).map(([section, entry]) => [section, [entry]])),
      ),
      docker: snapshot,
    });
    expect(diagnostics).toEqual([]);
    expect(texts).toHaveLength(2);
  });

  test.each(fields)('as $section $key', ({ section, key }) => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, isListed) => {
        const entry = { ...sections[section], [key]: isListed ? [text] : text };
        expectErrorOrOnlyOurs({ rules: JSON.stringify({ [section]: [entry] }), docker: snapshot });
      }),
      { numRuns: 25 },
    );
  });

  test.each(['select', 'exclude'])('as a glob or a label of %s', (key) => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const chosen of [{ name: text }, { project: text }, { label: { [text]: text } }]) {
          const rules = JSON.stringify({ publish: [{ from: 'labels', [key]: chosen }] });
          const labels = { label: text, project: text };
          const docker = JSON.stringify([container('web', labels), network('front')]);
          expectErrorOrOnlyOurs({ rules, docker });
        }
      }),
      { numRuns: 25 },
    );
  });

  test('as a masqueraded network, which may have that name', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const docker = JSON.stringify([network(name), network('front')]);
        expectErrorOrOnlyOurs({ rules: JSON.stringify({ masquerade: [name] }), docker });
        expectErrorOrOnlyOurs({ rules: JSON.stringify({ masquerade: name }), docker });
      }),
    );
  });

  test('as a key, of an entry or of the file', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const entry = { ...sections.dnat, [text]: 'x' };
        expectErrorOrOnlyOurs({ rules: JSON.stringify({ dnat: [entry] }) });
        expectErrorOrOnlyOurs({ rules: JSON.stringify({ [text]: [sections.dnat] }) });
      }),
    );
  });

  test('as it is, unquoted, at any place', () => {
    const lines =
      'dnat:\n  - ext_ip: 203.0.113.43\n    int_ip: 10.0.0.101\n    ports: 80\n    name: web\n';
    fc.assert(
      fc.property(hostile, fc.nat({ max: lines.length }), (text, at) => {
        expectErrorOrOnlyOurs({ rules: lines.slice(0, at) + text + lines.slice(at) });
      }),
    );
  });

  test('in a label changes nothing but comments', () => {
    const shape = (name: string) => {
      const rules = Object.entries(sections).map(([section, entry]) => [
        section,
        [{ ...entry, name }],
      ]);
      const { texts } = expectErrorOrOnlyOurs({
        rules: JSON.stringify(Object.fromEntries(rules)),
        docker: snapshot,
      });
      return texts.map(({ text }) =>
        text.replace(/--comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, '--comment X'),
      );
    };
    const usual = shape('web');
    fc.assert(
      fc.property(hostile, (name) => {
        const found = shape(name);
        if (found.length > 0) expect(found).toEqual(usual);
      }),
    );
  });
});

describe('a hostile text in a snapshot', () => {
  const rules = (reference: string, network: string) =>
    JSON.stringify({
      docker: [
        { container: reference, network, ports: ['8080:80'], sources: ['10.0.0.0/8', 'fd00::/8'] },
      ],
    });

  test('as the name of a container that an entry names', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        expectErrorOrOnlyOurs({
          rules: rules(name, 'front'),
          docker: JSON.stringify([container(name), container(`/${name}`)]),
        });
      }),
    );
  });

  test('as the name of a network, the project and the service that an entry names', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const changed = { network: text, project: text, service: text, mode: text };
        const docker = JSON.stringify([container('web', changed)]);
        expectErrorOrOnlyOurs({ rules: rules('web', text), docker });
        expectErrorOrOnlyOurs({ rules: rules(`${text}/${text}`, text), docker });
      }),
    );
  });

  test.each(['id', 'label', 'port', 'hostIp', 'hostPort', 'ipv4', 'ipv6', 'mode'])(
    'as %s',
    (key) => {
      fc.assert(
        fc.property(hostile, (text) => {
          const docker = JSON.stringify([container('web', { [key]: text })]);
          expectErrorOrOnlyOurs({ rules: rules('web', 'front'), docker });
        }),
        { numRuns: 25 },
      );
    },
  );

  test.each(['hostIp', 'hostPort', 'port', 'ipv4', 'ipv6', 'network', 'label', 'project'])(
    'as %s of a container that publish meets',
    (key) => {
      const sources = ['10.0.0.0/8', 'fd00::/8'];
      const publish = ['published', 'labels'].map((from) => ({ from, sources }));
      fc.assert(
        fc.property(hostile, (text) => {
          const docker = JSON.stringify([container('web', { [key]: text }), network('front')]);
          for (const entry of publish) {
            expectErrorOrOnlyOurs({ rules: JSON.stringify({ publish: [entry] }), docker });
          }
        }),
        { numRuns: 25 },
      );
    },
  );

  test.each<[what: string, network: (text: string) => object]>([
    ['its name', (text) => network(text)],
    ['its id', (text) => network('back', { Id: text, Options: {} })],
    ['its driver', (text) => network('back', { Driver: text })],
    [
      'its bridge',
      (text) => network('back', { Options: { 'com.docker.network.bridge.name': text } }),
    ],
    ['its subnet', (text) => network('back', { IPAM: { Config: [{ Subnet: text }] } })],
  ])('as what a network says of itself, beside a masqueraded one: %s', (_, networkOf) => {
    fc.assert(
      fc.property(hostile, (text) => {
        const docker = JSON.stringify([network('front'), networkOf(text)]);
        expectErrorOrOnlyOurs({ rules: '{"masquerade": ["front"]}', docker });
        expectErrorOrOnlyOurs({ rules: '{"masquerade": ["back"]}', docker });
      }),
      { numRuns: 50 },
    );
  });

  test('as the name of a network shows nothing in a rule that a reviewer would not see', () => {
    const docker = JSON.stringify([network('front'), network('a\u202eb\nc', { Options: {} })]);
    const { texts } = expectErrorOrOnlyOurs({ rules: '{"masquerade": ["front"]}', docker });
    expect(texts[0]?.text).toContain(String.raw`natmap:masquerade:a\\u202eb\\u000ac`);
  });

  test("as the name in natmap's own snapshot", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const attachments = [{ network: name, ipv4: '172.18.0.2', ipv6: null, gwPriority: 0 }];
        const labels = { 'com.docker.compose.project': name, 'com.docker.compose.service': name };
        const state = { running: true, networkMode: name, labels, attachments, published: [] };
        const docker = JSON.stringify({
          schema: 'natmap.snapshot/v1',
          engine: null,
          selectedLabels: [],
          containers: [{ id: name, name, ...state }],
          networks: [],
        });
        expectErrorOrOnlyOurs({ rules: rules(name, name), docker });
      }),
    );
  });
});

describe('a hostile text that a template prints', () => {
  const entry = (name: string) =>
    JSON.stringify({ snat: [{ int_ip: '10.0.0.0/24', ext_if: 'vmbr0', name }] });

  test.each<[how: string, template: string]>([
    ['with quote', '*nat\n-A NATMAP -m comment --comment {{ name | quote }} -j RETURN\n'],
    ['without quote', '*nat\n-A NATMAP -m comment --comment {{ name }} -j RETURN\n'],
    ['in quotes of its own', '*nat\n-A NATMAP -m comment --comment "{{ name }}" -j RETURN\n'],
    ['as a word of its own', '*nat\n-A NATMAP {{ name }} -j RETURN\n'],
    ['as an address', '*nat\n-A NATMAP -s {{ name }} -j RETURN\n'],
    [
      'as the value of an unknown match',
      '*filter\n-A NATMAP -m set --match-set {{ name }} src -j DROP\n',
    ],
    ['as the chain', '*nat\n-A {{ name }} -j RETURN\n'],
    ['as a part of the chain', '*nat\n-A NATMAP-{{ name }} -j RETURN\n'],
    ['as the target', '*nat\n-A NATMAP -j {{ name }}\n'],
    ['with quote, as a part of the target', '*nat\n-A NATMAP -j NATMAP-{{ name | quote }}\n'],
    ['as a line', '*nat\n{{ name }}\n'],
    ['as the table', '*{{ name }}\n-A NATMAP -j RETURN\n'],
    ['as everything', '{{ name }}'],
  ])('%s', (_, template) => {
    fc.assert(
      fc.property(hostile, (name) => {
        expectErrorOrOnlyOurs({ rules: entry(name), templates: { 'snat.njk': template } });
      }),
      { numRuns: 40 },
    );
  });

  test('with quote is the comment itself, whatever it is', () => {
    const template = '*nat\n-A NATMAP -m comment --comment {{ name | quote }} -j RETURN\n';
    fc.assert(
      fc.property(hostile, (name) => {
        const { texts } = render({ rules: entry(name), templates: { 'snat.njk': template } });
        for (const { text } of texts.filter(({ family }) => family === 'ipv4')) {
          const line = text.split('\n').find((each) => each.startsWith('-A NATMAP ')) ?? '';
          expect(splitWords(line)).toEqual({
            ok: true,
            words: ['-A', 'NATMAP', '-m', 'comment', '--comment', name, '-j', 'RETURN'],
          });
        }
      }),
    );
  });

  test('is the whole template', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expectErrorOrOnlyOurs({ rules: entry('x'), templates: { 'snat.njk': text } });
        expectErrorOrOnlyOurs({
          rules: entry('x'),
          templates: { 'snat.njk': `*nat\n-A NATMAP ${text}` },
        });
      }),
    );
  });
});
