// The benchmarks, as ratios within one run: the machine's speed cancels out, its noise does not, so
// each figure is the median of alternating runs. As root on Linux with iptables: npm run bench
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const natmap = join(root, 'dist/natmap.js');
const work = mkdtempSync(join(tmpdir(), 'natmap-bench-'));
const mappings = 10_000;
// The applies that are measured are not put on the record of this host.
process.env.NATMAP_STATE_DIR = join(work, 'state');

try {
  const rules = writeRules();
  report('render of the example / node -e 0', startUp());
  console.log(renderGuard(rules));
  for (const variant of ['nft', 'legacy']) {
    report(`first apply of ${mappings} mappings / ${variant} restore`, firstApply(variant, rules));
  }
} finally {
  rmSync(work, { recursive: true });
}

/** Docker mappings on a host address: four rules each. */
function writeRules() {
  const folder = join(work, 'rules.d');
  mkdirSync(folder);
  const entries = Array.from(
    { length: mappings },
    (_, i) =>
      `  - {target_ip: 10.${i >> 8}.${i & 255}.9, name: c${i}, ports: ["203.0.113.1:${10_000 + i}:80"]}\n`,
  );
  writeFileSync(join(folder, 'many.yaml'), `docker:\n${entries.join('')}`);
  return folder;
}

function startUp() {
  const example = [natmap, 'render', '--rules', join(root, 'rules.d')];
  const docker = ['--docker', join(root, 'snapshot.json')];
  return compare(
    10,
    () => time(process.execPath, [...example, ...docker]),
    () => time(process.execPath, ['-e', '0']),
  );
}

function renderGuard(rules) {
  const output = join(work, 'out');
  const args = ['-v', process.execPath, natmap, 'render', '--rules', rules, '-o', output];
  const { stderr, status } = spawnSync('/usr/bin/time', args, { encoding: 'utf8' });
  if (status !== 0) return `render of ${mappings} mappings: /usr/bin/time is not installed`;
  const seconds = /Elapsed.*: (?:\d+:)?(\d+:[\d.]+)/.exec(stderr)?.[1];
  const kilobytes = Number(/Maximum resident.*: (\d+)/.exec(stderr)?.[1]);
  return `render of ${mappings} mappings: ${seconds} (m:s), ${Math.round(kilobytes / 1024)} MB`;
}

function firstApply(variant, rules) {
  const saved = join(work, 'out');
  execFileSync(process.execPath, [natmap, 'render', '--rules', rules, '-q', '-o', saved]);
  const payload = readFileSync(join(saved, 'rules.v4'));
  const options = ['--rules', rules, '--backend', variant, '-q', '--family', 'ipv4'];
  return compare(
    3,
    () => inNamespace((run) => run(process.execPath, [natmap, 'apply', ...options])),
    () => inNamespace((run) => run(`iptables-${variant}-restore`, ['--noflush'], payload)),
  );
}

function inNamespace(measure) {
  const name = `natmap-bench-${process.pid}`;
  execFileSync('ip', ['netns', 'add', name]);
  try {
    const enter = [`--net=/run/netns/${name}`, '--'];
    return measure((program, args, input) => time('nsenter', [...enter, program, ...args], input));
  } finally {
    execFileSync('ip', ['netns', 'del', name]);
  }
}

/** Runs both alternately `count` times; milliseconds. */
function compare(count, one, other) {
  const pairs = Array.from({ length: count }, () => [one(), other()]);
  return [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function time(program, args, input) {
  const start = performance.now();
  const { status, stderr, error } = spawnSync(program, args, { input, maxBuffer: 1e9 });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return performance.now() - start;
}

function report(what, [one, other]) {
  const ratio = (one / other).toFixed(2);
  console.log(`${what}: ${ratio}  (${one.toFixed(0)} ms / ${other.toFixed(0)} ms)`);
}
