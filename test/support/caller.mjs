/**
 * Calls one address and prints the line it answers with, or "refused", "timeout" or another error's
 * code. Arguments: PROTOCOL ADDRESS PORT MILLISECONDS. Plain JavaScript, as listener.mjs.
 */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';

const [protocol, address = '', port, milliseconds] = process.argv.slice(2);

function finish(outcome) {
  process.stdout.write(outcome, () => process.exit(0));
}

function fail(error) {
  finish(error.code === 'ECONNREFUSED' ? 'refused' : (error.code ?? String(error)));
}

function callTcp() {
  const socket = connect({ host: address, port: Number(port) });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('end', () => finish(received));
  socket.on('error', fail);
}

function callUdp() {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('error', fail);
  socket.on('message', (message) => finish(String(message)));
  // Connected, so that a rejection comes back as an error; and asked again, as datagrams get lost.
  socket.connect(Number(port), address, () => {
    socket.send('?');
    setInterval(() => socket.send('?', () => undefined), 200);
  });
}

setTimeout(() => finish('timeout'), Number(milliseconds));
if (protocol === 'udp') callUdp();
else callTcp();
