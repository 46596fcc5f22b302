import { expect, test } from 'vitest';
import { parseAddress, parseNetwork } from '../../src/net/address.ts';
import { devicesTo, outsideDevices, type Route } from '../../src/net/route.ts';

const routes = [
  ['0.0.0.0/0', 'wan1'],
  ['0.0.0.0/0', 'wan2'],
  ['10.0.0.0/8', 'vpn'],
  ['10.1.0.0/16', 'lan'],
  ['10.1.2.3/32', 'wg0'],
  ['2001:db8::/32', 'lan'],
].map(([text = '', device = '']): Route => {
  const destination = parseNetwork(text);
  if (destination === null) throw new Error(text);
  return { destination, device };
});

test.each([
  ['10.1.2.3', ['wg0']],
  ['10.1.2.4', ['lan']],
  ['10.2.0.1', ['vpn']],
  ['192.0.2.1', ['wan1', 'wan2']],
  ['2001:db8::1', ['lan']],
  ['2001:db9::1', []],
])('packets to %s leave by the most specific routes, %j', (text, devices) => {
  const address = parseAddress(text);
  expect(address === null ? null : devicesTo(address, routes)).toEqual(devices);
});

test('the rest of the world is behind the default routes of the family', () => {
  expect(outsideDevices(routes, 'ipv4')).toEqual(['wan1', 'wan2']);
  expect(outsideDevices(routes, 'ipv6')).toEqual([]);
});
