/**
 * Answers every connection and datagram with one line: this host's name, the port that was reached
 * and the address it came from. Prints "ready" when all ports are open.
 *
 * Arguments: NAME, then ports as `tcp/25` or `udp/53`. Plain JavaScript because it runs under bare
 * node inside a namespace.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const [name = '', ...ports] = process.argv.slice(2);

function answer(port, address) {
  return `${name}:${port} saw ${address.replace(/^::ffff:/, '')}`;
}

function listenTcp(port, ready) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(answer(port, socket.remoteAddress ?? 'nobody'));
  });
  server.listen({ port, host: '::', backlog: 64 }, ready);
}

function listenUdp(port, ready) {
  const socket = createSocket('udp6');
  socket.on('message', (_, from) =>
    socket.send(answer(port, from.address), from.port, from.address),
  );
  socket.bind(port, '::', ready);
}

await Promise.all(
  ports.map((item) => {
    const [protocol, port] = item.split('/');
    const listen = protocol === 'udp' ? listenUdp : listenTcp;
    return new Promise((ready) => listen(Number(port), () => ready(undefined)));
  }),
);
process.stdout.write('ready\n');
