// Sockets that wait for connections or datagrams on this host.
import type { Address } from './address.ts';
import type { Protocol } from './protocol.ts';

export interface Listener {
  readonly protocol: Protocol;
  /** An unspecified one stands for every address; `::` for those of IPv4 too. */
  readonly address: Address;
  readonly port: number;
  /** Null where it may not be seen, as without root. */
  readonly process: Process | null;
}

export interface Process {
  readonly id: number;
  readonly name: string;
  /** Its words, the program first; empty for what is no container engine's. */
  readonly command: readonly string[];
}
