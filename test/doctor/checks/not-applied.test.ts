import { expect, test } from 'vitest';
import { notApplied } from '../../../src/doctor/checks/not-applied.ts';
import { found } from '../found.ts';
import { closed, ruleset, value } from '../host.ts';

const rules = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.102, ports: 26}
`;
const apply = ['natmap apply --docker docker.json'];

test('a host without any chain owned by natmap is reported how many rules are missing', () => {
  const bare = { ipv4: value(ruleset(closed, 'ipv4')), ipv6: value(ruleset(closed, 'ipv6')) };
  expect(found(notApplied, { rules, facts: { rules: bare } })).toEqual([
    {
      what: "error: natmap's rules are not the wanted ones (IPv4: 6 of 6 missing)",
      for: ['3: 203.0.113.43:25/tcp → 10.0.0.101', '4: 203.0.113.43:26/tcp → 10.0.0.102'],
      run: apply,
    },
  ]);
});

test('only the mappings that lack a rule are named', () => {
  const since = (text: string) => text.replace(/-A NATMAP .*10\.0\.0\.102:26\n/, '');
  expect(found(notApplied, { rules, since })).toEqual([
    {
      what: "error: natmap's rules are not the wanted ones (IPv4: 1 of 6 missing)",
      for: ['4: 203.0.113.43:26/tcp → 10.0.0.102'],
      run: apply,
    },
  ]);
});

test.each([
  [
    'a rule that nobody wants any more',
    (text: string) => text.replace(/COMMIT\n$/, '-A NATMAP -j RETURN\nCOMMIT\n'),
    'IPv4: 1 too many; IPv6: 1 too many',
  ],
  [
    'another order',
    (text: string) => text.replace(/(-A NATMAP .*:25\n)(-A NATMAP .*:26\n)/, '$2$1'),
    'IPv4: in another order',
  ],
])('%s is reported', (_, since, said) => {
  expect(found(notApplied, { rules, since }).map(({ what }) => what)).toEqual([
    `error: natmap's rules are not the wanted ones (${said})`,
  ]);
});

test('what others do beside it is none of its matter', () => {
  const since = (text: string) => text.replace(/COMMIT\n$/, '-A OUTPUT -j ACCEPT\nCOMMIT\n');
  expect(found(notApplied, { rules, since })).toEqual([]);
});
