// Docker's port syntax: [HOST_IP:]HOST_PORT[:CONTAINER_PORT][/PROTO]
// (docker-run(1), --publish; nat.ParsePortSpec of go-connections), less its random host ports.
import type { Located } from '../diagnostic/source.ts';
import { type Address, parseAddress } from '../net/address.ts';
import { isPortProblem, parsePortRange, portCount } from '../net/ports.ts';
import { isProtocol, protocols } from '../net/protocol.ts';
import { fault, placeOf, type Reader, writtenText } from './reader.ts';
import type { PublishedPort } from './ruleset.ts';
import { portScalar } from './scalars.ts';

type Problem = { readonly problem: string; readonly hint?: string };

export const publishedPort: Reader<Located<PublishedPort>> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 65535 },
      { type: 'string', pattern: '^[^\\s]+$' },
    ],
  },
  read(node, context) {
    const scalar = portScalar(node, context);
    if (scalar === undefined) return undefined;
    const value = parsePublished(writtenText(scalar));
    const at = placeOf(node, context);
    return 'problem' in value
      ? fault(context, at, 'bad-port', value.problem, value.hint)
      : { value, at };
  },
};

/** Reads one port specification of Docker's. */
export function parsePublished(text: string): PublishedPort | Problem {
  const { ports, proto } = splitProtocol(text);
  if (!isProtocol(proto)) {
    return {
      problem: `unknown protocol ${JSON.stringify(proto)}`,
      hint: `one of ${protocols.join(', ')}`,
    };
  }
  const parts = splitHost(ports);
  if ('problem' in parts) return parts;
  const hostPorts = parsePortRange(parts.hostPorts);
  if (isPortProblem(hostPorts)) return hostPorts;
  const containerPorts = parsePortRange(parts.containerPorts);
  if (isPortProblem(containerPorts)) return containerPorts;
  if (portCount(hostPorts) !== portCount(containerPorts)) {
    return {
      problem: `${portCount(hostPorts)} host ports cannot map to ${portCount(containerPorts)} container ports`,
      hint: 'both ranges need the same width',
    };
  }
  return { host: parts.host, hostPorts, containerPorts, protocol: proto };
}

function splitProtocol(text: string): { ports: string; proto: string } {
  const slash = text.lastIndexOf('/');
  return slash < 0
    ? { ports: text, proto: 'tcp' }
    : { ports: text.slice(0, slash), proto: text.slice(slash + 1).toLowerCase() };
}

interface Parts {
  readonly host: Address | null;
  readonly hostPorts: string;
  readonly containerPorts: string;
}

function splitHost(text: string): Parts | Problem {
  const bracketed = /^\[([^\]]*)\]:(.*)$/s.exec(text);
  if (bracketed) return withHost(bracketed[1] ?? '', (bracketed[2] ?? '').split(':'));
  const fields = text.split(':');
  if (fields.length > 3) {
    return {
      problem: `${JSON.stringify(text)} has too many colons`,
      hint: 'an IPv6 address stands in brackets, as in "[2001:db8::1]:53:53/udp"',
    };
  }
  const [first = '', ...rest] = fields;
  if (fields.length === 3 || first.includes('.')) return withHost(first, rest);
  return { host: null, hostPorts: first, containerPorts: rest[0] ?? first };
}

function withHost(
  host: string,
  [hostPorts, containerPorts, extra]: readonly string[],
): Parts | Problem {
  const address = parseAddress(host);
  if (address === null) return { problem: `${JSON.stringify(host)} is not an IP address` };
  if (hostPorts === undefined || hostPorts === '' || extra !== undefined) {
    return {
      problem: 'a host address needs a host port after it',
      hint: 'HOST_IP:HOST_PORT[:CONTAINER_PORT][/PROTO]',
    };
  }
  return { host: address, hostPorts, containerPorts: containerPorts ?? hostPorts };
}
