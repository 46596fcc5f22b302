/** Rule sets that the round trip tests take: command-line arguments for `natmap`. */
import { afterAll } from 'vitest';
import { dockerSnapshot } from './docker.ts';
import { repository } from './natmap.ts';
import { createWorkspace } from './workspace.ts';

/** The bundled example. */
export const example = [
  '--rules',
  `${repository}rules.d`,
  '--docker',
  `${repository}snapshot.json`,
];

/** Every kind of entry, both families. */
export const everyKind = `
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "25,465,8000-8010", ext_if: vmbr0, name: mail}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.102, ports: 2222, int_port: 22, sources: [198.51.100.0/24, 192.0.2.7]}
  - {ext_if: vmbr+, int_ip: 10.0.0.103, ports: [53], proto: [tcp, udp], sources: [198.51.100.0/24]}
  - {ext_ip: 203.0.113.44, int_ip: 10.0.0.104, ports: "5000-5003", int_port: 6000, local: true}
  - ext_ip: "2001:DB8:43:0::43"
    int_ip: 2001:db8:10::101
    ports: "1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33-35,37"
    local: true
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.105, ports: 9, enabled: false}
snat:
  - {int_ip: 10.0.0.0/24, ext_if: vmbr0, ext_ip: 203.0.113.43}
  - {int_ip: 10.0.9.9, ext_if: vmbr0}
  - {int_ip: 2001:db8:10::/64, ext_if: vmbr0}
hairpin:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: [25, 465], lan_cidr: 10.0.0.0/24}
  - {ext_ip: 2001:db8:43::43, int_ip: 2001:db8:10::101, ports: 25}
docker:
  - container: my-nginx
    network: frontend
    ports: ["8080:80", "100.64.0.10:8443:443/tcp", "[2001:db8::1]:53:53/udp", 9000, "7000-7009:7000-7009"]
    sources: [198.51.100.0/24, "2001:db8:99::/48"]
  - {target_ip: 10.0.0.9, name: printer, ports: ["9100", "127.0.0.1:9101:9100"]}
  - {container: shop/web, balance: random, ports: ["6100:80"]}
  - {container: shop/web, balance: round-robin, ports: ["6101:80"], sources: [198.51.100.0/24, 192.0.2.0/24]}
publish:
  - {from: published, select: {name: "shop-*"}, sources: [198.51.100.0/24, "2001:db8:99::/48"]}
  - {from: labels, exclude: {project: shop}}
masquerade: [frontend]
`;

/** A part of {@link everyKind}, other things changed, in another order. */
export const otherRules = `
snat:
  - {int_ip: 10.0.9.9, ext_if: vmbr1}
  - {int_ip: 10.0.0.0/24, ext_if: vmbr0, ext_ip: 203.0.113.43}
dnat:
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.102, ports: 2222, int_port: 22}
  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.101, ports: "25,465,587", ext_if: vmbr0, name: mail}
  - {ext_ip: 2001:db8:43::43, int_ip: 2001:db8:10::102, ports: 80}
docker:
  - {container: my-nginx, network: frontend, ports: ["8080:80"]}
  - {container: shop/web, balance: round-robin, ports: ["6100:80"]}
publish: [{from: published, select: {project: shop}}]
masquerade: [backend, frontend]
`;

/** The first of the replicas has no IPv6 address there, and the engine's proxy stands in for it. */
const replicas = [3, 4, 5].map((number) => ({
  name: `shop-web-${number}`,
  networks: {
    backend: {
      ipv4: `172.19.0.${number}`,
      ...(number > 3 ? { ipv6: `2001:db8:19::${number}` } : {}),
    },
  },
  labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
  published: { '81/tcp': [`0.0.0.0:810${number}`, `[::]:810${number}`] },
}));

const containers = dockerSnapshot(
  [
    {
      name: 'my-nginx',
      networks: {
        frontend: { ipv4: '172.18.0.2', ipv6: '2001:db8:18::2' },
        backend: { ipv4: '172.19.0.2' },
      },
      labels: { 'natmap.ports': '8444:8444,5300-5309:5300-5309/udp' },
    },
    ...replicas,
  ],
  [
    { name: 'frontend', bridge: 'br-front', subnets: ['172.18.0.0/16', '2001:db8:18::/64'] },
    { name: 'backend', bridge: 'br-back', subnets: ['172.19.0.0/16', '2001:db8:19::/64'] },
  ],
);

/** The arguments that name a folder with this one file of rules; it is there until the tests end. */
export function inlineRules(text: string): readonly string[] {
  const files = createWorkspace({ 'rules.d/10-rules.yaml': text, 'docker.json': containers });
  afterAll(() => files[Symbol.dispose]());
  return ['--rules', files.file('rules.d'), '--docker', files.file('docker.json')];
}
