// Interfaces that have their IPv6 address from a router, by the kernel.
import { type Facts, known } from './facts.ts';
import { sysctl } from './host.ts';

/**
 * Those whose kernel takes advertisements only while it does not forward (accept_ra 1, its default;
 * ip-sysctl.rst): once it does, addresses and default route run out.
 */
export function advertisedDevices(facts: Facts): readonly string[] {
  const links = known(facts.network)?.links ?? [];
  return links
    .filter(({ addresses }) => addresses.some(({ advertised }) => advertised))
    .map(({ name }) => name)
    .filter((name) => sysctl(facts, `net/ipv6/conf/${name}/accept_ra`) === '1');
}
