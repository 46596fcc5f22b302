// What natmap's rules cost packets, as ratios within one run: a stream beside the mappings, a stream and new
// connections through the last mapping. As root, with iperf3: npm run build && node bench/packets.mjs [MAPPINGS]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { medians } from './measure.mjs';
import { natmap, run } from './programs.mjs';

const count = Number(process.argv[2] ?? 10_000);
const few = 10;
/** Seconds of a stream, connections in a row, and rounds: the machine may be shared. */
const [seconds, connections, rounds] = [1, 400, 3];

const families = {
  ipv4: {
    client: '198.51.100.10',
    near: '198.51.100.1',
    far: '10.255.255.1',
    server: '10.255.255.10',
    bits: 24,
    inside: (n) => `10.${n >> 8}.${n & 255}.9`,
    program: 'iptables',
  },
  ipv6: {
    client: '2001:db8:51::10',
    near: '2001:db8:51::1',
    far: 'fd00:ff::1',
    server: 'fd00:ff::10',
    bits: 64,
    inside: (n) => `fd00::${n.toString(16)}:9`,
    program: 'ip6tables',
  },
};

const folder = mkdtempSync(join(tmpdir(), 'natmap-bench-'));
const names = ['client', 'host', 'server'].map((name) => `natmap-bench-${process.pid}-${name}`);
const [client, host, server] = names;
const servers = [];
const answering =
  "require('node:net').createServer((socket) => socket.on('error', () => 0)).listen(7000, '::')";
try {
  connectHosts();
  servers.push(start(server, 'iperf3', ['-s']), start(server, process.execPath, ['-e', answering]));
  console.log(
    `| ${count.toLocaleString('en')} mappings | stream beside / without natmap | stream through the last / of ${few} | new connection through the last / of ${few} | load |`,
  );
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const [family, at] of Object.entries(families)) {
    for (const backend of ['nft', 'legacy']) console.log(row(family, at, backend));
  }
} finally {
  for (const each of servers) each.kill('SIGKILL');
  for (const name of names) run('ip', ['netns', 'del', name]);
  rmSync(folder, { recursive: true });
}

function row(family, at, backend) {
  const rulesOf = (mappings) => writeRules(join(folder, `${family}-${mappings}`), mappings, at);
  const sets = { few: rulesOf(few), many: rulesOf(count) };
  const measure = (work) => medians(rounds, work);
  const beside = () => ({ beside: stream(at.server, 5201) });
  const through = () => ({
    stream: stream(at.near, 30_000),
    connection: connecting(at.near, 30_001),
  });
  translate('-A', at.program, backend);
  apply('flush', family, backend);
  const without = measure(beside);
  apply('apply', family, backend, '--rules', sets.few);
  const ofFew = measure(through);
  apply('apply', family, backend, '--rules', sets.many);
  const ofMany = measure(() => ({ ...beside(), ...through() }));
  apply('flush', family, backend);
  translate('-D', at.program, backend);
  return [
    `| ${family}, ${backend}`,
    percent(ofMany.beside / without.beside),
    percent(ofMany.stream / ofFew.stream),
    `${(ofMany.connection / ofFew.connection).toFixed(2)}×`,
    `${loadavg()[0].toFixed(1)} |`,
  ].join(' | ');
}

/** Another translation of the host's, so that conntrack is at work without natmap too. */
function translate(command, program, backend) {
  inside(host, `${program}-${backend}`, ['-t', 'nat', command, 'OUTPUT', '-j', 'ACCEPT']);
}

function percent(ratio) {
  return `${(100 * ratio).toFixed(0)} %`;
}

/** As many mappings as asked for; the last two are those that are called. */
function writeRules(path, mappings, { near, inside, server: target }) {
  const entry = (n, to, port, outside) =>
    `  - {target_ip: "${to}", name: c${n}, ports: ["${near.includes(':') ? `[${near}]` : near}:${outside}:${port}"]}\n`;
  // Ports of one address do not suffice for 100,000 mappings.
  const fill = Array.from({ length: mappings - 2 }, (_, n) =>
    entry(n, inside(n), 80 + Math.floor(n / 20_000), 10_000 + (n % 20_000)).replace(
      near,
      n < 20_000 ? near : inside(60_000 + Math.floor(n / 20_000)),
    ),
  );
  mkdirSync(path, { recursive: true });
  writeFileSync(
    join(path, 'many.yaml'),
    `docker:\n${fill.join('')}${entry('a', target, 5201, 30_000)}${entry('b', target, 7000, 30_001)}`,
  );
  return path;
}

function apply(command, family, backend, ...flags) {
  const env = { XTABLES_LOCKFILE: `${folder}/xtables.lock`, NATMAP_STATE_DIR: `${folder}/state` };
  const args = [natmap, command, '--family', family, '--backend', backend, '-q', ...flags];
  return run('nsenter', [`--net=/run/netns/${host}`, '--', process.execPath, ...args], { env });
}

/** Bits per second. */
function stream(address, port) {
  const text = inside(client, 'iperf3', ['-c', address, '-p', `${port}`, '-t', `${seconds}`, '-J']);
  return JSON.parse(text).end.sum_received.bits_per_second;
}

/** Microseconds of a new connection. */
function connecting(address, port) {
  const script = `const net = require('node:net'); let left = ${connections}; let start;
    const next = () => { if (left-- === 0) return console.log((performance.now() - start) * 1000 / ${connections});
      const socket = net.connect(${port}, '${address}', () => socket.destroy()); socket.on('close', next); };
    start = performance.now(); next();`;
  return Number(inside(client, process.execPath, ['-e', script]));
}

function connectHosts() {
  for (const name of names) run('ip', ['netns', 'add', name]);
  for (const [peer, end] of [
    [client, 'near'],
    [server, 'far'],
  ]) {
    run('ip', [
      '-n',
      host,
      'link',
      'add',
      end,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      peer,
    ]);
    for (const [name, link] of [
      [host, end],
      [peer, 'eth0'],
      [peer, 'lo'],
    ])
      run('ip', ['-n', name, 'link', 'set', link, 'up']);
  }
  inside(host, 'sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  for (const at of Object.values(families)) {
    const add = (name, link, address) =>
      run('ip', [
        '-n',
        name,
        'address',
        'add',
        `${address}/${at.bits}`,
        'dev',
        link,
        ...(at.bits === 64 ? ['nodad'] : []),
      ]);
    add(client, 'eth0', at.client);
    add(host, 'near', at.near);
    add(host, 'far', at.far);
    add(server, 'eth0', at.server);
    const version = at.bits === 64 ? ['-6'] : [];
    run('ip', [...version, '-n', client, 'route', 'add', 'default', 'via', at.near]);
    run('ip', [...version, '-n', server, 'route', 'add', 'default', 'via', at.far]);
  }
}

function inside(name, program, args) {
  return run('nsenter', [`--net=/run/netns/${name}`, '--', program, ...args]);
}

function start(name, program, args) {
  return spawn('nsenter', [`--net=/run/netns/${name}`, '--', program, ...args], {
    stdio: 'ignore',
  });
}
