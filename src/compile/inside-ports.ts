// The ports inside, where an entry names the first of them.
import { type PortRange, portCount } from '../net/ports.ts';

export function insidePorts(ports: PortRange, first: number | null): PortRange {
  return first === null ? ports : { first, last: first + portCount(ports) - 1 };
}
