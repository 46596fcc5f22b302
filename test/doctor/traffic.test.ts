import { describe, expect, test } from 'vitest';
import { anyTraffic } from '../../src/doctor/journeys.ts';
import { fitOf, type Traffic } from '../../src/doctor/traffic.ts';
import { readConditions } from '../../src/iptables/conditions.ts';
import { parseNetwork } from '../../src/net/address.ts';

const traffic: Traffic = {
  source: parseNetwork('192.0.2.0/24'),
  destination: parseNetwork('10.0.0.101'),
  in: 'vmbr0',
  out: 'lan0',
  protocol: 'tcp',
  ports: { first: 8000, last: 8009 },
  originalPorts: { first: 80, last: 89 },
  states: ['NEW', 'DNAT'],
  direction: 'ORIGINAL',
  destinationType: 'UNICAST',
};

describe('packets of which all is known', () => {
  test.each([
    ['', 'all'],
    ['-s 192.0.0.0/16', 'all'],
    ['-s 192.0.2.0/25', 'some'],
    ['-s 10.0.0.0/8', 'none'],
    ['! -s 192.0.2.0/25', 'some'],
    ['! -s 192.0.0.0/16', 'none'],
    ['! -s 10.0.0.0/8', 'all'],
    ['-i vmbr0', 'all'],
    ['-i vmbr+', 'all'],
    ['-i wan+', 'none'],
    ['! -i docker0', 'all'],
    ['-p tcp', 'all'],
    ['-p udp', 'none'],
    ['! -p udp', 'all'],
    ['--dport 8000:9000', 'all'],
    ['--dport 8005', 'some'],
    ['--dport 25', 'none'],
    ['--dports 25,8000:8009', 'all'],
    ['--ctorigdstport 80:89', 'all'],
    ['--ctorigdstport 8000:8009', 'none'],
    ['--ctstate NEW', 'all'],
    ['--ctstate RELATED,ESTABLISHED', 'none'],
    ['! --ctstate DNAT', 'none'],
    ['! --ctstate INVALID', 'all'],
    ['--ctdir ORIGINAL', 'all'],
    ['--ctdir REPLY', 'none'],
    ['--dst-type LOCAL', 'none'],
    ['! --dst-type LOCAL', 'all'],
    ['-m set --match-set bad src', 'some'],
    ['-p tcp -i vmbr0 --dport 8005', 'some'],
    ['-p udp -m set --match-set bad src', 'none'],
  ] as const)('%s fits %s of them', (spec, fits) => {
    expect(fitOf(readConditions(`${spec} -j ACCEPT`).conditions, traffic)).toBe(fits);
  });
});

describe('packets of which nothing is known', () => {
  test.each([
    ['-s 192.0.2.0/24', 'some'],
    ['! -s 192.0.2.0/24', 'some'],
    ['-s 0.0.0.0/0', 'all'],
    ['-i vmbr0', 'some'],
    ['! -i vmbr0', 'some'],
    ['-p tcp', 'some'],
    ['--dport 25', 'some'],
    ['--dst-type LOCAL', 'some'],
  ] as const)('%s may fit %s', (spec, fits) => {
    expect(fitOf(readConditions(`${spec} -j ACCEPT`).conditions, anyTraffic)).toBe(fits);
  });
});
