import { expect, test } from 'vitest';
import { rpFilter } from '../../../src/doctor/checks/rp-filter.ts';
import { found } from '../found.ts';
import { type Given, route, routes } from '../host.ts';

const rules = `
dnat:
  - {ext_ip: 192.0.2.1, int_ip: 10.0.0.101, ports: 25, ext_if: wan2}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: 25, ext_if: vmbr0}
  - {ext_ip: 192.0.2.1, int_ip: 10.0.0.101, ports: 26, ext_if: wan2, sources: [198.51.100.0/24]}
`;
const all = 'net/ipv4/conf/all/rp_filter';
const wan2 = 'net/ipv4/conf/wan2/rp_filter';

function strict(changes: Given = {}): Given {
  return { rules, sysctls: { [wan2]: '1' }, ...changes };
}
const reported = {
  what: 'warning: strict rp_filter on wan2 drops this traffic: the return route uses another interface',
  run: ['sysctl -w net.ipv4.conf.wan2.rp_filter=2'],
};

test('a second uplink without a route back is reported', () => {
  expect(found(rpFilter, strict())).toEqual([
    {
      ...reported,
      for: [
        '3: 192.0.2.1:25/tcp on wan2 → 10.0.0.101',
        '5: 192.0.2.1:26/tcp on wan2 from 198.51.100.0/24 → 10.0.0.101',
      ],
    },
  ]);
});

test('sources that are routed back by it are no trouble', () => {
  const back = strict({ routes: [...routes, route('198.51.100.0/24', 'wan2')] });
  expect(found(rpFilter, back)).toEqual([
    { ...reported, for: ['3: 192.0.2.1:25/tcp on wan2 → 10.0.0.101'] },
  ]);
});

test('the setting for all interfaces counts as well', () => {
  expect(found(rpFilter, strict({ sysctls: { [all]: '1', [wan2]: '0' } }))).toHaveLength(1);
});

test.each([
  ['the filter is loose', strict({ sysctls: { [wan2]: '2' } })],
  ['it is loose for all, and the larger counts', strict({ sysctls: { [all]: '2', [wan2]: '1' } })],
  ['it is off', strict({ sysctls: { [wan2]: '0' } })],
  ['a default route leads there too', strict({ routes: [...routes, route('0.0.0.0/0', 'wan2')] })],
])('when %s, there is no finding', (_, given) => {
  expect(found(rpFilter, given)).toEqual([]);
});
