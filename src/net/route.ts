// The way that packets leave a host.
import { type Address, hostNetwork, type Network, networkContains } from './address.ts';
import type { Family } from './family.ts';

/** A route of the main table; one with several next hops stands once for each of their devices. */
export interface Route {
  readonly destination: Network;
  readonly device: string;
}

/** The devices of the most specific routes to `address`, none when there is no way. */
export function devicesTo(address: Address, routes: readonly Route[]): readonly string[] {
  const host = hostNetwork(address);
  const leading = routes.filter(({ destination }) => networkContains(destination, host));
  const longest = Math.max(...leading.map(({ destination }) => destination.prefix));
  return leading
    .filter(({ destination }) => destination.prefix === longest)
    .map(({ device }) => device);
}

/** The devices of the default routes: where the rest of the world is. */
export function outsideDevices(routes: readonly Route[], family: Family): readonly string[] {
  return routes
    .filter(({ destination }) => destination.family === family && destination.prefix === 0)
    .map(({ device }) => device);
}
