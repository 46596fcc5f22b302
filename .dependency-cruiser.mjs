// Which stage of src/ may import which. A stage imports those that it lists here and no other; `npm run arrows` and
// test/arrows.test.ts hold it.

/** For each stage the stages that it may import, and why no others. */
const stages = {
  net: [[], 'net is the vocabulary of all stages'],
  diagnostic: [[], 'a diagnostic knows texts and places, not what is wrong in them'],
  config: [['net', 'diagnostic'], 'rules.d is read without a snapshot and without iptables'],
  docker: [['net', 'diagnostic'], 'a snapshot is read without rules'],
  packet: [['net'], 'sets of packets know nothing of the rules that match them'],
  iptables: [['net', 'packet', 'diagnostic'], 'the model of saved text knows no origin of rules'],
  netfilter: [
    ['net', 'packet', 'iptables'],
    'what the kernel does with rules is the same for any rules',
  ],
  compile: [
    ['net', 'diagnostic', 'config', 'docker'],
    'mappings are made without looking at rules: conflicts are judged on rendered rules',
  ],
  template: [['net', 'diagnostic', 'compile', 'iptables'], 'templates see mappings only'],
  plan: [
    ['net', 'diagnostic', 'iptables', 'packet', 'netfilter', 'dispatch'],
    'a plan is made of rulesets, whatever they were compiled from',
  ],
  dispatch: [
    ['net', 'packet', 'iptables'],
    'a tree is made of rules, whatever they were compiled from',
  ],
  host: [['net', 'diagnostic', 'iptables'], 'effects know no stage that decides'],
  apply: [
    ['net', 'diagnostic', 'iptables', 'plan', 'host'],
    'the transaction carries out any plan, whatever it was compiled from',
  ],
  status: [
    [
      'net',
      'diagnostic',
      'compile',
      'template',
      'packet',
      'iptables',
      'netfilter',
      'analysis',
      'plan',
    ],
    'status compares values and has no effects',
  ],
  analysis: [
    [
      'net',
      'diagnostic',
      'config',
      'docker',
      'compile',
      'packet',
      'iptables',
      'netfilter',
      'dispatch',
      'template',
    ],
    'an analysis takes values and has no effects',
  ],
  doctor: [
    [
      'net',
      'diagnostic',
      'compile',
      'docker',
      'packet',
      'iptables',
      'netfilter',
      'dispatch',
      'analysis',
      'status',
    ],
    'checks take facts that were read before and have no effects',
  ],
  report: [
    [
      'net',
      'diagnostic',
      'packet',
      'iptables',
      'netfilter',
      'dispatch',
      'plan',
      'analysis',
      'status',
      'doctor',
    ],
    'a report prints results and makes none',
  ],
};

/** The stages at the edge import any stage; all others are in the table. */
export const edges = ['app', 'cli'];

export const listed = Object.keys(stages);

const arrows = Object.entries(stages).map(([stage, [imports, comment]]) => ({
  name: `${stage}-imports`,
  comment,
  severity: 'error',
  from: { path: `^src/${stage}/` },
  to: { path: '^src/', pathNot: `^src/(${[stage, ...imports].join('|')})/` },
}));

/** A package or an effect that one stage keeps to itself. */
function only(owner, what, path, comment) {
  return {
    name: `only-${owner.replaceAll('|', '-and-')}-${what}`,
    comment,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/(${owner})/` },
    to: { path },
  };
}

export default {
  forbidden: [
    ...arrows,
    {
      name: 'app-imports',
      comment: 'a use case runs without a command line',
      severity: 'error',
      from: { path: '^src/app/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'no-tests-in-src',
      comment: 'what ships does not need the tests, the scripts or the benchmarks',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench)/' },
    },
    only(
      'host',
      'spawns',
      '^(node:)?child_process$|node_modules/execa/',
      'a time limit and a clean environment for each program',
    ),
    only(
      'template',
      'imports-nunjucks',
      'node_modules/nunjucks/',
      'templates are rendered in one place',
    ),
    only(
      'config|docker',
      'imports-yaml',
      'node_modules/yaml/',
      'YAML and JSON with places become values once',
    ),
    only(
      'cli',
      'imports-commander',
      'node_modules/commander/',
      'the command line is parsed in one place',
    ),
  ],
  options: {
    // TypeScript 7 has no JavaScript API, and acorn reads no types.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
};
