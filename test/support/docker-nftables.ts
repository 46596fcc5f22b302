/**
 * Docker's tables of its nftables backend (29 and later), as its documentation and moby's
 * libnetwork/drivers/bridge/internal/nftabler describe them: one bridge network in gateway mode `nat`, with
 * the userland proxy, and one container that publishes a port.
 */
import type { Family } from './kernel.ts';
import type { Namespace } from './namespace.ts';

export interface DockerTables {
  readonly family: Family;
  readonly bridge: string;
  readonly subnet: string;
  readonly container: string;
  /** As `[8090, 80]`: host port and container port. */
  readonly published: readonly [number, number];
  /** The daemon's `bridge-accept-fwmark`, as `0x1000000/0x1000000`, or null where it has none. */
  readonly acceptMark: string | null;
}

/** Loads the table, as dockerd does when it starts. */
export async function loadDockerTables(host: Namespace, tables: DockerTables): Promise<void> {
  await host.mustRun('nft', ['-f', '-'], { input: dockerTables(tables) });
}

function dockerTables(tables: DockerTables): string {
  const { family, bridge, subnet, container, published, acceptMark } = tables;
  const ip = family === 'ipv4' ? 'ip' : 'ip6';
  const loopback = family === 'ipv4' ? '127.0.0.0/8' : '::1';
  const target = family === 'ipv4' ? container : `[${container}]`;
  const [hostPort, containerPort] = published;
  const [mark, mask] = acceptMark?.split('/') ?? [];
  const accept =
    acceptMark === null
      ? ''
      : `meta mark and ${mask} == ${mark} counter accept comment "ALLOW FW MARK"`;
  return `
table ${ip} docker-bridges {
  map filter-forward-in-jumps {
    type ifname : verdict
    elements = { "${bridge}" : jump filter-forward-in__${bridge} }
  }
  map filter-forward-out-jumps {
    type ifname : verdict
    elements = { "${bridge}" : jump filter-forward-out__${bridge} }
  }
  chain filter-forward-in__${bridge} {
    ct state established,related counter accept
    ${accept}
    iifname "${bridge}" counter accept comment "ICC"
    ${ip} daddr ${container} tcp dport ${containerPort} counter accept
    counter drop comment "UNPUBLISHED PORT DROP"
  }
  chain filter-forward-out__${bridge} {
    ct state established,related counter accept
    counter accept comment "OUTGOING"
  }
  chain filter-FORWARD {
    type filter hook forward priority filter; policy accept;
    oifname vmap @filter-forward-in-jumps
    iifname vmap @filter-forward-out-jumps
  }
  chain nat-prerouting-and-output {
    iifname != "${bridge}" tcp dport ${hostPort} counter dnat to ${target}:${containerPort} comment "DNAT"
  }
  chain nat-PREROUTING {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local counter jump nat-prerouting-and-output
  }
  chain nat-OUTPUT {
    type nat hook output priority -100; policy accept;
    ${ip} daddr != ${loopback} fib daddr type local counter jump nat-prerouting-and-output
  }
  chain nat-POSTROUTING {
    type nat hook postrouting priority srcnat; policy accept;
    oifname != "${bridge}" ${ip} saddr ${subnet} counter masquerade comment "MASQUERADE"
  }
  chain raw-PREROUTING {
    type filter hook prerouting priority raw; policy accept;
    ${ip} daddr ${container} iifname != "${bridge}" counter drop comment "DROP DIRECT ACCESS"
  }
}
`;
}
