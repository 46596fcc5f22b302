/**
 * Calls one address and port many times, one call after the other, and prints as JSON how often each
 * server answered. Arguments: ADDRESS PORT CALLS. Plain JavaScript, as listener.mjs.
 */
import { connect } from 'node:net';

const [host, port, calls] = process.argv.slice(2);
const answers = {};

function call() {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('end', () => resolve(received.split(':')[0]));
    socket.on('error', reject);
  });
}

for (let left = Number(calls); left > 0; left--) {
  const name = await call();
  answers[name] = (answers[name] ?? 0) + 1;
}
process.stdout.write(JSON.stringify(answers));
