// npm run check: everything that is quick to check, two checks at a time. It writes nothing outside of
// node_modules/.cache, needs no root, and prints only what failed.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The longest first. The property tests have a time limit each: `npm run unit` tries all of their cases. */
const checks = [
  ['unit tests', 'npx', ['vitest', 'run', '--project', 'unit', '--reporter=dot']],
  ['spelling', 'npm', ['run', '--silent', 'spelling']],
  ['types', 'npm', ['run', '--silent', 'typecheck']],
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['dead code', 'npm', ['run', '--silent', 'dead-code']],
];

const waiting = [...checks];
let failed = 0;
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
process.exitCode = failed === 0 ? 0 : 1;

async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, program, args] = next;
    const start = performance.now();
    const { code, output } = await run(program, args);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    if (code !== 0) failed++;
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (code !== 0) console.log(output);
  }
}

function run(program, args) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NATMAP_QUICK: '1' },
  });
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  child.stderr.on('data', (part) => parts.push(part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(parts).toString() }));
  });
}
