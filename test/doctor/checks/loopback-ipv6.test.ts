import { expect, test } from 'vitest';
import { loopbackIpv6 } from '../../../src/doctor/checks/loopback-ipv6.ts';
import { found } from '../found.ts';

test('a mapping of ::1 cannot work, and 127.0.0.1 can be written in its place', () => {
  const rules = 'docker:\n  - container: web\n    ports: ["[::1]:53:53/udp"]\n';
  expect(found(loopbackIpv6, { rules })).toEqual([
    {
      what: 'error: mappings on ::1 cannot work',
      for: ['3: web: [::1]:53/udp → 2001:db8:18::2'],
      run: ["sed -i '3s/\\[::1\\]/127.0.0.1/' rules.yaml"],
    },
  ]);
});

test.each(['127.0.0.1:53:53', '[2001:db8:43::43]:53:53', '[::]:53:53'])('%s can', (port) => {
  const rules = `docker: [{container: web, ports: ["${port}"]}]\n`;
  expect(found(loopbackIpv6, { rules })).toEqual([]);
});
