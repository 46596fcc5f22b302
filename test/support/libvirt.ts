/** A real libvirtd in a network namespace, with folders of its own; it ends with the namespace. */
import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Family, families, kernelReason } from './kernel.ts';
import type { Namespace } from './namespace.ts';
import { which } from './process.ts';
import { addresses } from './topology.ts';
import { createWorkspace } from './workspace.ts';

export const backends = ['iptables', 'nftables'] as const;
export type Backend = (typeof backends)[number];

/** Whether libvirtd is here, of a version that knows nftables (10.4 and later). */
export function libvirtReason(): string | null {
  return kernelReason() ?? (isThere('libvirtd') ? null : 'there is no libvirtd');
}

function isThere(program: string): boolean {
  try {
    return which(program) !== '';
  } catch {
    return false;
  }
}

export interface Libvirt extends Disposable {
  /** Makes and starts a network whose bridge is `virbr5`, with {@link guestAddresses}. */
  startNetwork(mode: ForwardMode): Promise<void>;
}

/** Of libvirt's network XML: what its rules let through. */
type ForwardMode = 'nat' | 'route' | 'open';

/** The bridge, and the guest that {@link attachGuest} puts there. */
const guestAddresses: Readonly<Record<Family, { bridge: string; guest: string }>> = {
  ipv4: { bridge: '10.9.0.1', guest: '10.9.0.2' },
  ipv6: { bridge: '2001:db8:9::1', guest: '2001:db8:9::2' },
};

export async function startLibvirt(host: Namespace, backend: Backend): Promise<Libvirt> {
  const files = createWorkspace({
    'etc/network.conf': `firewall_backend = "${backend}"\n`,
    'etc/libvirtd.conf': 'log_filters = ""\n',
    // libvirt has tc correct checksums of DHCP, for which not every kernel has the action.
    'bin/tc': '#!/bin/sh\n',
  });
  chmodSync(files.file('bin/tc'), 0o755);
  for (const folder of ['run', 'lib', 'cache']) files.folder(folder);
  const env = { ...process.env, PATH: `${files.file('bin')}:${process.env.PATH}` };
  const daemon = ['sh', '-c', `${mounts} && exec libvirtd`, files.path];
  const [program, args] = host.inside(which('unshare'), '--mount', ...daemon);
  const libvirtd = spawn(program, [...args], { env, stdio: 'ignore' });
  const virsh = async (...words: string[]) => {
    const socket = `network:///system?socket=${files.file('run/libvirt-sock')}`;
    return host.run('virsh', ['--connect', socket, ...words]);
  };
  const libvirt: Libvirt = {
    startNetwork: async (mode) => {
      files.write({ 'network.xml': networkXml(mode) });
      const { code, stderr } = await virsh('net-create', files.file('network.xml'));
      if (code !== 0) throw new Error(stderr);
    },
    [Symbol.dispose]: () => {
      libvirtd.kill('SIGKILL');
      files[Symbol.dispose]();
    },
  };
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await virsh('net-list')).code === 0) return libvirt;
    await wait(100);
  }
  libvirt[Symbol.dispose]();
  throw new Error('libvirtd does not answer');
}

const mounts = [
  'mkdir -p /run/libvirt /var/lib/libvirt /var/cache/libvirt',
  'mount --bind "$0/etc" /etc/libvirt',
  'mount --bind "$0/run" /run/libvirt',
  'mount --bind "$0/lib" /var/lib/libvirt',
  'mount --bind "$0/cache" /var/cache/libvirt',
].join(' && ');

function networkXml(mode: ForwardMode): string {
  const forward =
    mode === 'nat'
      ? '<forward mode="nat"><nat ipv6="yes"/></forward>'
      : `<forward mode="${mode}"/>`;
  const { ipv4, ipv6 } = guestAddresses;
  return `<network><name>test</name>${forward}<bridge name="virbr5"/>
<ip address="${ipv4.bridge}" prefix="24"/><ip family="ipv6" address="${ipv6.bridge}" prefix="64"/></network>
`;
}

/** Puts a namespace on the bridge, as libvirt puts a virtual machine. */
export async function attachGuest(host: Namespace, guest: Namespace): Promise<void> {
  await host.ip(
    `link add guest type veth peer name eth0 netns ${guest.name}`,
    'link set guest master virbr5 up',
  );
  await guest.ip(
    'link set eth0 up',
    ...families.flatMap((family) => {
      const at = guestAddresses[family];
      const bits = family === 'ipv4' ? '24' : '64 nodad';
      const [prefix, ...flags] = bits.split(' ');
      return [
        `addr add ${at.guest}/${prefix} dev eth0 ${flags.join(' ')}`,
        `route add default via ${at.bridge} dev eth0`,
      ];
    }),
  );
}

/** Mappings of port 25 of the host to the guest. */
export const guestRules = `dnat:\n${families
  .map(
    (family) =>
      `  - {ext_ip: "${addresses[family].host}", int_ip: "${guestAddresses[family].guest}", ports: 25}\n`,
  )
  .join('')}`;
