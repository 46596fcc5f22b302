/**
 * Sends and receives packets in one namespace, as it is asked to on standard input, and prints what
 * arrives: a line of JSON each way. Plain JavaScript because it runs under bare node.
 *
 * Arguments: the addresses and the ports to listen on, both as JSON lists.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [addresses, ports] = process.argv.slice(2).map((text) => JSON.parse(text));
const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
/** What this batch opened, to be closed with it. */
const open = new Set();

function udpType(address) {
  return address.includes(':') ? 'udp6' : 'udp4';
}

function listenUdp(address, port) {
  const socket = createSocket(udpType(address));
  socket.on('message', (data, from) => {
    print({ kind: 'arrived', id: Number(data), address, port, source: from.address });
    socket.send(data, from.port, from.address, () => undefined);
  });
  socket.on('error', () => undefined);
  return new Promise((ready) => socket.bind(port, address, () => ready(undefined)));
}

function listenTcp(address, port) {
  const server = createServer((socket) => {
    open.add(() => socket.resetAndDestroy());
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      print({ kind: 'arrived', id: Number(data), address, port, source: socket.remoteAddress });
    });
  });
  return new Promise((ready) => server.listen({ port, host: address }, () => ready(undefined)));
}

function sendUdp({ id, source, sourcePort, destination, destinationPort }) {
  const socket = createSocket(udpType(source));
  open.add(() => socket.close());
  socket.on('error', () => undefined);
  socket.on('message', (_, { address, port }) => print({ kind: 'answered', id, address, port }));
  socket.bind(sourcePort, source, () =>
    socket.send(`${id}`, destinationPort, destination, () => undefined),
  );
}

function sendTcp({ id, source, sourcePort, destination, destinationPort }) {
  const socket = connect({
    host: destination,
    port: destinationPort,
    localAddress: source,
    localPort: sourcePort,
  });
  open.add(() => socket.resetAndDestroy());
  socket.on('error', () => undefined);
  socket.on('connect', () => socket.write(`${id}`));
}

await Promise.all(
  addresses.flatMap((address) =>
    ports.flatMap((port) => [listenUdp(address, port), listenTcp(address, port)]),
  ),
);
print({ kind: 'ready' });

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.kind === 'close') {
    for (const close of open) {
      try {
        close();
      } catch {
        // It is closed already.
      }
    }
    open.clear();
    print({ kind: 'closed' });
  } else if (order.protocol === 'udp') {
    sendUdp(order);
  } else {
    sendTcp(order);
  }
}
