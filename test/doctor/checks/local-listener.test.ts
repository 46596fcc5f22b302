import { describe, expect, test } from 'vitest';
import { localListener } from '../../../src/doctor/checks/local-listener.ts';
import { dockerInspect } from '../../support/docker.ts';
import { found } from '../found.ts';
import { listener } from '../host.ts';

const rules = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "20-30"}
  - {ext_if: vmbr0, int_ip: 10.0.0.101, ports: 443}
docker:
  - {container: web, ports: ["8080:80", "[2001:db8:43::43]:81:80"]}
`;
const sshd = { id: 812, name: 'sshd', command: [] };

test('a process on a mapped port is named, and the mapping', () => {
  expect(
    found(localListener, { rules, listeners: [listener('tcp', '0.0.0.0', 22, sshd)] }),
  ).toEqual([
    {
      what: 'warning: sshd (process 812) listens on 0.0.0.0:22/tcp, which a mapping takes',
      for: ['3: 203.0.113.43:20-30/tcp → 10.0.0.101'],
      run: ["ss -lnpt 'sport = :22'"],
    },
  ]);
});

test('a process that listens in both families is reported once, and each mapping once', () => {
  const listeners = [listener('tcp', '0.0.0.0', 8080, sshd), listener('tcp', '::', 8080, sshd)];
  expect(found(localListener, { rules, listeners })).toEqual([
    {
      what: 'warning: sshd (process 812) listens on 0.0.0.0:8080/tcp and [::]:8080/tcp, which a mapping takes',
      for: ['6: web: *:8080/tcp → 172.18.0.2:80', '6: web: *:8080/tcp → [2001:db8:18::2]:80'],
      run: ["ss -lnpt 'sport = :8080'"],
    },
  ]);
});

test('without root there is no name, and the socket is reported all the same', () => {
  const listeners = [listener('tcp', '203.0.113.43', 22)];
  expect(found(localListener, { rules, listeners })[0]?.what).toBe(
    'warning: a process that may not be seen listens on 203.0.113.43:22/tcp, which a mapping takes',
  );
});

describe('a socket is in the way of a mapping', () => {
  test.each([
    ['tcp', '::', 22, 'of IPv4, when it is on ::'],
    ['tcp', '203.0.113.43', 30, 'at the end of its range'],
    ['tcp', '203.0.113.99', 443, 'of any address'],
    ['tcp', '127.0.0.1', 8080, 'of a container, also on 127.0.0.1'],
    ['tcp', '::', 81, 'of an IPv6 address'],
  ] as const)('%s %s %i %s', (protocol, address, port, _) => {
    const listeners = [listener(protocol, address, port, sshd)];
    expect(found(localListener, { rules, listeners })).toHaveLength(1);
  });

  test.each([
    ['udp', '0.0.0.0', 22, 'another protocol'],
    ['tcp', '0.0.0.0', 31, 'another port'],
    ['tcp', '203.0.113.99', 22, 'another address'],
    ['tcp', '0.0.0.0', 81, 'another family'],
    ['tcp', '127.0.0.1', 443, 'loopback, where a dnat entry is not'],
    ['tcp', '::1', 8080, '::1, where no mapping is'],
  ] as const)('%s %s %i is not: %s', (protocol, address, port, _) => {
    const listeners = [listener(protocol, address, port, sshd)];
    expect(found(localListener, { rules, listeners })).toEqual([]);
  });
});

describe('what holds a port that the engine publishes', () => {
  const proxy = (ip: string, port: string) => ({
    id: 99,
    name: 'docker-proxy',
    command: [
      'docker-proxy',
      '-proto',
      'tcp',
      '-host-ip',
      '0.0.0.0',
      '-host-port',
      '8080',
      '-container-ip',
      ip,
      '-container-port',
      port,
    ],
  });
  const on8080 = (...given: Parameters<typeof proxy>) => ({
    rules,
    listeners: [listener('tcp', '0.0.0.0', 8080, proxy(...given))],
  });

  test('is no trouble when docker-proxy leads to the same container', () => {
    expect(found(localListener, on8080('172.18.0.2', '80'))).toEqual([]);
  });

  test.each([
    ['172.18.0.9', '80'],
    ['172.18.0.2', '81'],
  ])('is when it leads to %s:%s', (ip, port) => {
    const [finding] = found(localListener, on8080(ip, port));
    expect(finding?.what).toContain('docker-proxy (process 99)');
    expect(finding?.run).toEqual(['docker ps --filter publish=8080']);
  });

  test('is none either when the snapshot says that the container publishes the port', () => {
    const docker = dockerInspect({
      name: 'web',
      networks: { frontend: { ipv4: '172.18.0.2', ipv6: '2001:db8:18::2' } },
      published: { '80/tcp': ['0.0.0.0:8080'] },
    });
    const listeners = [listener('tcp', '0.0.0.0', 8080), listener('tcp', '::', 8080)];
    expect(found(localListener, { rules, docker, listeners })).toEqual([]);
  });
});
