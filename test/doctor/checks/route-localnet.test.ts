import { expect, test } from 'vitest';
import { routeLocalnet } from '../../../src/doctor/checks/route-localnet.ts';
import { found } from '../found.ts';
import { type Given, route } from '../host.ts';

const br0 = 'net/ipv4/conf/br0/route_localnet';

function mapped(ports: string, changes: Given = {}): Given {
  const rules = `docker: [{container: web, ports: [${ports}]}]\n`;
  return { rules, sysctls: { [br0]: '0' }, ...changes };
}

test.each([
  ['error', '"127.0.0.1:8080:80"', '127.0.0.1:8080/tcp'],
  ['note', '"8080:80"', '*:8080/tcp'],
])('it is of severity %s that %s is not there on 127.0.0.1', (severity, ports, words) => {
  expect(found(routeLocalnet, mapped(ports))).toEqual([
    {
      what: `${severity}: packets from 127.0.0.1 may not leave by br0: route_localnet is off there`,
      for: [`1: web: ${words} → 172.18.0.2:80`],
      run: ['sysctl -w net.ipv4.conf.br0.route_localnet=1'],
    },
  ]);
});

test('an interface with a dot in its name is set by its path', () => {
  const device = 'br-a.100';
  const given = mapped('"8080:80"', { routes: [route('172.18.0.0/16', device)] });
  expect(found(routeLocalnet, given)[0]?.run).toEqual([
    'sysctl -w net/ipv4/conf/br-a.100/route_localnet=1',
  ]);
});

test.each([
  ['it is set for the bridge', mapped('"8080:80"', { sysctls: { [br0]: '1' } })],
  [
    'it is set for all',
    mapped('"8080:80"', { sysctls: { 'net/ipv4/conf/all/route_localnet': '1' } }),
  ],
  [
    "Docker's proxy serves it on 127.0.0.1",
    mapped('', { rules: 'publish: [{from: published}]\n' }),
  ],
  ['the mapping names another address', mapped('"203.0.113.43:8080:80"')],
  ['the mapping is of IPv6', mapped('"[::]:8080:80"')],
  [
    'the address is out in the world',
    mapped('"8080:80"', { routes: [route('0.0.0.0/0', 'vmbr0')] }),
  ],
  [
    "the target is this host's own",
    mapped('', { rules: 'docker: [{target_ip: 172.18.0.1, ports: [80]}]\n' }),
  ],
])('when %s, there is no finding', (_, given) => {
  expect(found(routeLocalnet, given)).toEqual([]);
});
