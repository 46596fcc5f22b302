// Sockets that wait for somebody, from /proc/net, and the processes that hold them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Address, parseAddress } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import type { Listener, Process } from '../net/listener.ts';
import type { Protocol } from '../net/protocol.ts';

/** A listening socket, and its inode, by which its process is found. */
export interface ListeningSocket extends Omit<Listener, 'process'> {
  readonly inode: string;
}

/** @throws Error when /proc/net cannot be read; a family that the kernel lacks has no sockets */
export function readListeners(): readonly Listener[] {
  const sockets = tables.flatMap(({ file, protocol, family }) =>
    parseSockets(readTable(file, family), protocol, family),
  );
  const processes = processesOf(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ inode, ...socket }) => ({
    ...socket,
    process: processes.get(inode) ?? null,
  }));
}

/** SCTP keeps its sockets elsewhere, in another form, and few hosts have any. */
const tables: readonly { file: string; protocol: Protocol; family: Family }[] = [
  { file: 'tcp', protocol: 'tcp', family: 'ipv4' },
  { file: 'tcp6', protocol: 'tcp', family: 'ipv6' },
  { file: 'udp', protocol: 'udp', family: 'ipv4' },
  { file: 'udp6', protocol: 'udp', family: 'ipv6' },
];

/** TCP_LISTEN, and TCP_CLOSE, in which an unconnected UDP socket is (proc(5), /proc/net/tcp). */
const waiting: Readonly<Record<string, string>> = { tcp: '0A', udp: '07' };

/** Reads a table of /proc/net, of which each line is one socket. */
export function parseSockets(text: string, protocol: Protocol, family: Family): ListeningSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [hexAddress = '', hexPort = ''] = local.split(':');
      const address = state === waiting[protocol] ? parseHexAddress(hexAddress, family) : null;
      const port = Number.parseInt(hexPort, 16);
      return address === null ? [] : [{ protocol, address, port, inode }];
    });
}

/** Words of 32 bits, each as the machine keeps it: all that Node.js runs Linux on is little-endian but s390x. */
function parseHexAddress(hex: string, family: Family): Address | null {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const octets = word.match(/../g) ?? [];
    return littleEndian ? octets.reverse() : octets;
  });
  if (family === 'ipv4') {
    return parseAddress(bytes.map((byte) => Number.parseInt(byte, 16)).join('.'));
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.slice(2 * index, 2 * index + 2).join(''),
  );
  const address = parseAddress(groups.join(':'));
  // A socket of IPv6 that was bound to an IPv4 address.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address?.text ?? '')?.[1];
  return mapped === undefined ? address : parseAddress(mapped);
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function readTable(file: string, family: Family): string {
  try {
    return readFileSync(`/proc/self/net/${file}`, 'utf8');
  } catch (error) {
    if (family === 'ipv6') return '';
    throw error;
  }
}

/** Only root sees what other users' processes hold; what ends meanwhile is left out. */
function processesOf(inodes: ReadonlySet<string>): ReadonlyMap<string, Process> {
  const holders = new Map<string, Process>();
  if (inodes.size === 0) return holders;
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let process: Process | null = null;
    for (const inode of socketsOf(id)) {
      if (!inodes.has(inode) || holders.has(inode)) continue;
      process ??= describeProcess(id);
      if (process !== null) holders.set(inode, process);
    }
  }
  return holders;
}

function socketsOf(id: string): readonly string[] {
  return orEmpty(() => readdirSync(`/proc/${id}/fd`)).flatMap((fd) => {
    const target = orEmpty(() => [readlinkSync(`/proc/${id}/fd/${fd}`)])[0];
    return /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1] ?? [];
  });
}

/** Only docker-proxy's arguments are kept: any other's may hold a secret. */
function describeProcess(id: string): Process | null {
  const [name] = orEmpty(() => [readFileSync(`/proc/${id}/comm`, 'utf8').trim()]);
  if (name === undefined) return null;
  const command =
    name === 'docker-proxy'
      ? orEmpty(() => readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').filter(Boolean))
      : [];
  return { id: Number(id), name, command };
}

function orEmpty<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch {
    return [];
  }
}
