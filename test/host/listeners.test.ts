import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { parseSockets, readListeners } from '../../src/host/listeners.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

/** A line of /proc/net as the kernel prints it: words of 32 bits of a little-endian machine. */
function line(local: string, state: string, inode: number): string {
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 000000009b48f377 100 0 0 10 0`;
}

test.each([
  ['tcp', 'ipv4', '0100007F:1F90', '127.0.0.1', 8080],
  ['tcp', 'ipv4', '2B7100CB:0019', '203.0.113.43', 25],
  ['tcp', 'ipv6', '00000000000000000000000000000000:0016', '::', 22],
  ['tcp', 'ipv6', 'B80D0120000043000000000043000000:01BB', '2001:db8:43::43', 443],
  ['tcp', 'ipv6', '0000000000000000FFFF00000100007F:0050', '127.0.0.1', 80],
] as const)(
  'a listening socket of %s, %s %s, is on %s:%i',
  (protocol, family, local, text, port) => {
    const [socket, ...others] = parseSockets(
      `${header}\n${line(local, '0A', 654)}\n`,
      protocol,
      family,
    );
    expect(others).toEqual([]);
    expect(socket).toMatchObject({ protocol, port, inode: '654' });
    expect(socket?.address.text).toBe(text);
  },
);

test('a socket that is connected waits for nobody', () => {
  const text = [header, line('0100007F:1F90', '01', 1), line('0100007F:1F91', '06', 2)].join('\n');
  expect(parseSockets(text, 'tcp', 'ipv4')).toEqual([]);
});

test('of UDP, those are meant that have no peer', () => {
  const text = [header, line('00000000:0035', '07', 1), line('00000000:D431', '01', 2)].join('\n');
  expect(parseSockets(text, 'udp', 'ipv4').map(({ port }) => port)).toEqual([53]);
});

test('lines that are none are passed over', () => {
  expect(parseSockets(`${header}\n\nnonsense\n   0: xyz:1 a 0A\n`, 'tcp', 'ipv4')).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'the sockets of this process are found by its name',
  async () => {
    const server = createServer();
    await new Promise<void>((ready) => server.listen({ host: '127.0.0.1', port: 0 }, ready));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const mine = readListeners().filter((listener) => listener.port === port);
    server.close();
    expect(mine).toMatchObject([
      {
        protocol: 'tcp',
        address: { text: '127.0.0.1' },
        process: { id: process.pid, command: [] },
      },
    ]);
  },
);
