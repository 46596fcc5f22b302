import { expect, test } from 'vitest';
import { engineRootless } from '../../../src/doctor/checks/engine-rootless.ts';
import { engine } from '../engine.ts';
import { found } from '../found.ts';

const rules = 'docker: [{container: web, ports: ["127.0.0.1:8080:80"]}]\n';

test.each([
  ['docker', 'Docker', ['docker context use default']],
  ['podman', 'Podman', []],
] as const)('mappings to containers of a rootless %s cannot work', (kind, name, run) => {
  expect(found(engineRootless, { rules, facts: engine({ kind, rootless: true }) })).toEqual([
    {
      what: `error: this is a rootless ${name}`,
      for: ['1: web: 127.0.0.1:8080/tcp → 172.18.0.2:80'],
      run,
    },
  ]);
});

test.each([
  ['the engine is the system’s', rules, engine({ rootless: false })],
  [
    'no mapping leads to a container',
    'docker: [{target_ip: 10.0.0.9, ports: [80]}]\n',
    engine({ rootless: true }),
  ],
])('when %s, there is no finding', (_, text, facts) => {
  expect(found(engineRootless, { rules: text, facts })).toEqual([]);
});
