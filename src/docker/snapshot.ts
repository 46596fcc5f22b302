// What natmap keeps of Docker's containers and networks: what compilation needs, and no more.
import type { Address, Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import type { Protocol } from '../net/protocol.ts';

/** The engine's state at one moment. Lists are in the order that docker/order.ts gives them. */
export interface Snapshot {
  /** Null for the plain output of `docker inspect`, which does not tell. */
  readonly engine: Engine | null;
  readonly containers: readonly Container[];
  readonly networks: readonly DockerNetwork[];
}

export interface Engine {
  readonly kind: 'docker' | 'podman';
  readonly version: string;
  /** Its containers are behind a network namespace of a user's, and this host has no route to them. */
  readonly rootless: boolean;
  /**
   * What the engine makes rules with; `none` where it is known that it makes none. Null where it does not
   * tell, as Docker before 28 and Podman.
   */
  readonly firewall: 'iptables' | 'nftables' | 'none' | null;
  /** Whether it makes rules at all, which no engine tells; null where its configuration is not known. */
  readonly makesRules: boolean | null;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** As Docker says it: `bridge`, a network's name, `host`, `none` or `container:ID`. */
  readonly networkMode: string;
  /** Its sandbox is in a namespace of a user's; an engine that is all rootless tells by itself. */
  readonly rootless?: true;
  /** Compose's project and service, or null. */
  readonly service: { readonly project: string; readonly name: string } | null;
  /** Only those that docker/labels.ts keeps: any other may hold a secret. */
  readonly labels: ReadonlyMap<string, string>;
  readonly attachments: readonly Attachment[];
  readonly published: readonly Publication[];
  readonly routed: readonly RoutedPort[];
}

/** A container's place on one network; an address it lacks there is null. */
export interface Attachment {
  readonly network: string;
  readonly ipv4: Address | null;
  readonly ipv6: Address | null;
  /** Docker's default gateway is on the network with the highest, 0 where nothing was asked for. */
  readonly gwPriority: number;
}

/** A container port that the engine itself publishes on the host. */
export interface Publication {
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly hostIp: Address;
  readonly hostPort: number;
}

/**
 * A container port that is open at the container's own address, without a port of the host: the gateway
 * mode of its network is `routed` in this family.
 */
export interface RoutedPort {
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly family: Family;
}

export interface DockerNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly subnets: readonly Network[];
  /** The host's interface, or null where the network has none, as macvlan, or does not tell. */
  readonly bridge: string | null;
  /** Without a way out of the host. */
  readonly internal: boolean;
  /** Whether the engine gives what leaves it an address of the host; its users may say no. */
  readonly masquerade: boolean;
  /** `nat`, `routed`, `isolated`, …, or null where nothing was asked for. */
  readonly gatewayModes: { readonly ipv4: string | null; readonly ipv6: string | null };
}
