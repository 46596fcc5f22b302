import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publishedRanges } from '../../src/compile/publications.ts';
import type { Publication } from '../../src/docker/snapshot.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { formatPorts } from '../../src/net/ports.ts';

/** `8080:80` on `0.0.0.0`, `203.0.113.1 8080:80`, `:: 8080:80/udp`. */
function publication(text: string): Publication {
  const [, host = '0.0.0.0', hostPort, containerPort, protocol] =
    /^(?:(\S+) )?(\d+):(\d+)(?:\/(udp))?$/.exec(text) ?? [];
  return {
    hostIp: parseAddress(host) as Address,
    hostPort: Number(hostPort),
    containerPort: Number(containerPort),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
  };
}

function ranges(...texts: string[]): string[] {
  return publishedRanges(texts.map(publication)).map(
    ({ hostIp, hostPorts, containerPorts, protocol }) => {
      const ports = [hostPorts, containerPorts].map((range) => formatPorts(range, '-')).join(':');
      return `${hostIp.text} ${ports}/${protocol}`;
    },
  );
}

describe('published ports become ranges', () => {
  test.each<[what: string, published: string[], expected: string[]]>([
    [
      'of neighbours that keep their number',
      ['7001:7001', '7000:7000'],
      ['0.0.0.0 7000-7001:7000-7001/tcp'],
    ],
    [
      'not of those that have another inside',
      ['8080:80', '8081:81'],
      ['0.0.0.0 8080:80/tcp', '0.0.0.0 8081:81/tcp'],
    ],
    [
      'not across a gap',
      ['7000:7000', '7002:7002'],
      ['0.0.0.0 7000:7000/tcp', '0.0.0.0 7002:7002/tcp'],
    ],
    [
      'not across addresses',
      ['7000:7000', '203.0.113.1 7001:7001'],
      ['0.0.0.0 7000:7000/tcp', '203.0.113.1 7001:7001/tcp'],
    ],
    [
      'not across protocols',
      ['7000:7000', '7001:7001/udp'],
      ['0.0.0.0 7000:7000/tcp', '0.0.0.0 7001:7001/udp'],
    ],
    ['once where they are reported twice', ['80:80', '80:80'], ['0.0.0.0 80:80/tcp']],
    ['of each family apart', [':: 80:80', '80:80'], ['0.0.0.0 80:80/tcp', ':: 80:80/tcp']],
  ])('%s', (_, published, expected) => {
    expect(ranges(...published)).toEqual(expected);
  });

  test('that hold every port exactly once, in any order that they come in', () => {
    const port = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 0, 0, 100));
    const one = fc
      .tuple(port, fc.constantFrom('0.0.0.0', '::', '203.0.113.1'), fc.constantFrom('', '/udp'))
      .map(([[first, shift], host, protocol]) => `${host} ${first}:${first + shift}${protocol}`);
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), (texts) => {
        const all = publishedRanges(texts.map(publication)).flatMap((range) => {
          const { hostPorts, containerPorts } = range;
          const width = hostPorts.last - hostPorts.first + 1;
          return Array.from({ length: width }, (_, index) => {
            const ports = [hostPorts.first + index, containerPorts.first + index].join(':');
            return `${range.hostIp.text} ${ports}${range.protocol === 'udp' ? '/udp' : ''}`;
          });
        });
        expect(all.sort()).toEqual([...new Set(texts)].sort());
      }),
    );
  });
});
