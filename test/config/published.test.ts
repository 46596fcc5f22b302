import { describe, expect, test } from 'vitest';
import { parsePublished } from '../../src/config/published.ts';
import { formatPorts } from '../../src/net/ports.ts';
import { load, ruleFile } from './rules.ts';

/** `host|host ports|container ports|protocol`, or what is wrong. */
function read(text: string): string {
  const port = parsePublished(text);
  if ('problem' in port) return port.problem;
  const { host, hostPorts, containerPorts, protocol } = port;
  const ranges = [hostPorts, containerPorts].map((range) => formatPorts(range, '-'));
  return [host?.text ?? '', ...ranges, protocol].join('|');
}

describe("Docker's port syntax is understood", () => {
  test.each([
    ['80', '|80|80|tcp'],
    ['8080:80', '|8080|80|tcp'],
    ['8080:80/tcp', '|8080|80|tcp'],
    ['53/udp', '|53|53|udp'],
    ['53/UDP', '|53|53|udp'],
    ['9899:9899/sctp', '|9899|9899|sctp'],
    ['7000-7009:7000-7009', '|7000-7009|7000-7009|tcp'],
    ['7000-7009', '|7000-7009|7000-7009|tcp'],
    ['7000-7009:8000-8009/udp', '|7000-7009|8000-8009|udp'],
    ['100.64.0.10:8443:443', '100.64.0.10|8443|443|tcp'],
    ['100.64.0.10:8443', '100.64.0.10|8443|8443|tcp'],
    ['0.0.0.0:80:80', '0.0.0.0|80|80|tcp'],
    ['127.0.0.1:9090:9090/udp', '127.0.0.1|9090|9090|udp'],
    ['[2001:DB8::1]:53:53/udp', '2001:db8::1|53|53|udp'],
    ['[::]:80:80', '::|80|80|tcp'],
    ['[::1]:80', '::1|80|80|tcp'],
  ])('%s', (text, meant) => {
    expect(read(text)).toBe(meant);
  });
});

describe('what is not understood is refused', () => {
  test.each([
    ['', 'a port is missing'],
    [':80', 'a port is missing'],
    ['80:', 'a port is missing'],
    ['0:80', 'port 0 cannot be mapped'],
    ['80:0', 'port 0 cannot be mapped'],
    ['70000:80', 'port 70000 is above 65535'],
    ['080:80', 'port 080 has a leading zero'],
    ['90-80:90-80', 'range 90-80 ends before it begins'],
    ['80-90:80', '11 host ports cannot map to 1 container ports'],
    ['8080:80-90', '1 host ports cannot map to 11 container ports'],
    ['80/', 'unknown protocol ""'],
    ['80/icmp', 'unknown protocol "icmp"'],
    ['web:80:80', '"web" is not an IP address'],
    ['1.2.3.4::80', 'a host address needs a host port after it'],
    ['1.2.3.4', 'a host address needs a host port after it'],
    ['010.0.0.1:80:80', '"010.0.0.1" is not an IP address'],
    ['2001:db8::1:53:53', '"2001:db8::1:53:53" has too many colons'],
    ['1.2.3.4:80:80:80', '"1.2.3.4:80:80:80" has too many colons'],
    ['[2001:db8::1]:53:53:53', 'a host address needs a host port after it'],
    ['[2001:db8::1]', '"[2001:db8::1]" has too many colons'],
    ['[fe80::1%eth0]:80:80', '"fe80::1%eth0" is not an IP address'],
    [' 80', '" 80" is not a port number'],
    ['80:80 ', '"80 " is not a port number'],
    ['80\n:80', '"80\\n" is not a port number'],
  ])('%j', (text, problem) => {
    expect(read(text)).toBe(problem);
  });
});

describe('in a file', () => {
  test.each([
    ['a number', '9000'],
    ['text', '"9000"'],
    ['a list', '[9000]'],
    ['plain text that YAML 1.1 would read as a number', '9000:9000'],
  ])('ports may be %s', (_, written) => {
    const port = { host: null, hostPorts: { first: 9000, last: 9000 }, protocol: 'tcp' };
    const { entries, said } = load(ruleFile('docker', { ports: written }));
    expect(said).toEqual([]);
    expect(entries).toMatchObject([{ ports: [{ value: port }] }]);
  });

  test('every bad port is reported where it stands', () => {
    const { said, marks } = load(
      ruleFile('docker', {
        ports: '\n      - ▸80:x\n      - 80\n      - ▸"[::1]:0"\n      - ▸true',
      }),
    );
    expect(said).toEqual([
      `${marks[0]} bad-port: "x" is not a port number`,
      `${marks[1]} bad-port: port 0 cannot be mapped`,
      `${marks[2]} wrong-type: expected a port: a number or text, found true or false`,
    ]);
  });

  test('an address without brackets is explained', () => {
    const { diagnostics } = load(ruleFile('docker', { ports: '"2001:db8::1:53:53"' }));
    expect(diagnostics).toMatchObject([
      { hint: 'an IPv6 address stands in brackets, as in "[2001:db8::1]:53:53/udp"' },
    ]);
  });
});
