import { expect, test } from 'vitest';
import { closedToUnit } from '../../../src/doctor/checks/closed-to-unit.ts';
import { found } from '../found.ts';
import { value } from '../host.ts';

const path = '/etc/natmap/rules.d/10 web.yaml';

test('a file of another user that the unit cannot read is given to root', () => {
  const closedPaths = value([{ kind: 'mode', path, owner: 1000, mode: 0o600 } as const]);
  expect(found(closedToUnit, { facts: { closedPaths } })).toEqual([
    {
      what: `error: natmap.service cannot read ${path}`,
      for: [],
      run: [`chown root '${path}'`, `chmod u+rX '${path}'`],
    },
  ]);
});

test('what is in a home has no command: it has to stand elsewhere', () => {
  const closedPaths = value([{ kind: 'home', path: '/home/eve/web.yaml' } as const]);
  expect(found(closedToUnit, { facts: { closedPaths } })).toMatchObject([{ run: [] }]);
});

test('with files that the unit can read there is no finding', () => {
  expect(found(closedToUnit, { facts: { closedPaths: value([]) } })).toEqual([]);
});
