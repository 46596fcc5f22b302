// What natmap keeps of Docker's containers and networks: what compilation needs, and no more.
import type { Address, Network } from '../net/address.ts';
import type { Protocol } from '../net/protocol.ts';

/** Docker's state at one moment. */
export interface Snapshot {
  readonly containers: readonly Container[];
  readonly networks: readonly DockerNetwork[];
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** As Docker says it: `bridge`, a network's name, `host`, `none` or `container:ID`. */
  readonly networkMode: string;
  /** Compose's project and service, or null. */
  readonly service: { readonly project: string; readonly name: string } | null;
  readonly attachments: readonly Attachment[];
  readonly published: readonly Publication[];
}

/** A container's place on one network; an address it lacks there is null. */
export interface Attachment {
  readonly network: string;
  readonly ipv4: Address | null;
  readonly ipv6: Address | null;
}

/** A container port that the engine itself publishes on the host. */
export interface Publication {
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly hostIp: Address;
  readonly hostPort: number;
}

export interface DockerNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly subnets: readonly Network[];
}
