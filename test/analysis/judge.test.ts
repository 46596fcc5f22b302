/** Whether mappings go together is judged on the rules that are rendered, no matter who wrote the template. */
import { expect, test } from 'vitest';
import { judgeMappings } from '../../src/analysis/judge.ts';
import { compile } from '../../src/compile/compile.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
import { load } from '../config/rules.ts';
import { listen } from '../listen.ts';

/** The codes of what is reported of the entries, and the number of rules in nat NATMAP. */
function judged(rules: string, template: string) {
  const { entries } = load(rules);
  const { report, diagnostics } = listen();
  const mappings = compile({ entries, acceptMark: null }, null, report);
  const templates = createTemplates([{ name: 'dnat.njk', text: `*nat\n${template}\n` }], report);
  const { wanted } = judgeMappings(
    mappings,
    { snapshot: null, acceptMark: null },
    (those, printed) => [renderWanted(those, 'ipv4', templates, printed)],
    report,
  );
  const chain = wanted[0]?.chains.find(({ table, name }) => table === 'nat' && name === 'NATMAP');
  return { codes: diagnostics.map(({ code }) => code), rules: chain?.rules.length };
}

const entries = (first: string, second: string) => `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 80${first}}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.2, ports: 80${second}}
`;
const apart = entries(', sources: 192.0.2.0/24', ', sources: 198.51.100.0/24');
const together = entries('', '');

const plain = '-d {{ ext }} -p {{ proto }} {{ ext_match }} -j DNAT --to-destination {{ to }}';

test.each([
  ['that leaves the sources out lets entries conflict', apart, `-A NATMAP ${plain}`, ['conflict']],
  [
    'that tells the entries apart lets them go together',
    together,
    `-A NATMAP {% if '10.0.0.1' in to %}-i eth0{% else %}-i eth1{% endif %} ${plain}`,
    [],
  ],
  [
    'of which natmap knows less lets them conflict as before',
    together,
    `-A NATMAP ${plain.replace('-j', '-m set --match-set {{ to | replace(".", "") }} src -j')}`,
    ['conflict'],
  ],
])("a template of the user's %s", (_, rules, template, codes) => {
  expect(judged(rules, template)).toEqual({ codes, rules: 2 });
});
