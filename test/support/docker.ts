/** The JSON that `docker inspect` prints, of as many containers as a test wants. */

/** What of a container matters to the tests. */
export interface ContainerSpec {
  readonly name: string;
  readonly id?: string;
  readonly running?: boolean;
  readonly networkMode?: string;
  /** Network name → addresses on it. */
  readonly networks: Readonly<Record<string, { readonly ipv4?: string; readonly ipv6?: string }>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Container port → host addresses with their ports: `{ '80/tcp': ['0.0.0.0:8080', '[::]:8080'] }`. */
  readonly published?: Readonly<Record<string, readonly string[]>>;
}

/** What of a network matters to the tests. */
export interface NetworkSpec {
  readonly name: string;
  readonly bridge?: string;
  readonly subnets?: readonly string[];
  readonly driver?: string;
  readonly internal?: boolean;
  /** Options of its driver, by what follows `com.docker.network.bridge.`. */
  readonly options?: Readonly<Record<string, string>>;
}

/** The output of `docker inspect NAME…` for the containers, and for bridge networks that they are on. */
export function dockerInspect(...containers: readonly ContainerSpec[]): string {
  const names = new Set(containers.flatMap(({ networks }) => Object.keys(networks)));
  return dockerSnapshot(
    containers,
    [...names].map((name) => ({ name })),
  );
}

/** The output of `docker inspect NAME…` for containers and networks. */
export function dockerSnapshot(
  containers: readonly ContainerSpec[],
  networks: readonly NetworkSpec[],
): string {
  return JSON.stringify([...containers.map(inspectContainer), ...networks.map(inspectNetwork)]);
}

function inspectNetwork(network: NetworkSpec, index: number): object {
  const { name, bridge, subnets = [], driver = 'bridge', internal = false } = network;
  const options = { ...(bridge && { name: bridge }), ...network.options };
  return {
    Name: name,
    Id: `${index + 1}`.padStart(4, 'd0').padEnd(64, 'cd34'),
    Driver: driver,
    Internal: internal,
    IPAM: { Config: subnets.map((Subnet) => ({ Subnet })) },
    Options: Object.fromEntries(
      Object.entries(options).map(([key, value]) => [`com.docker.network.bridge.${key}`, value]),
    ),
  };
}

function inspectContainer(container: ContainerSpec, index: number): object {
  const running = container.running ?? true;
  const names = Object.keys(container.networks);
  return {
    Id: container.id ?? `${index + 1}`.padStart(4, 'c0').padEnd(64, 'ab12'),
    Created: '2026-01-02T03:04:05.678901234Z',
    Path: '/docker-entrypoint.sh',
    Args: ['nginx'],
    State: { Status: running ? 'running' : 'exited', Running: running, Pid: running ? 4711 : 0 },
    Name: `/${container.name}`,
    HostConfig: { NetworkMode: container.networkMode ?? names[0] ?? 'none', PortBindings: {} },
    Config: {
      Hostname: container.name,
      Env: ['PASSWORD=must-never-be-seen'],
      Image: 'nginx:1.27',
      Labels: container.labels ?? {},
    },
    NetworkSettings: {
      Ports: inspectPorts(container.published ?? {}),
      Networks: Object.fromEntries(
        names.map((name, place) => [name, inspectEndpoint(container, name, place)]),
      ),
    },
  };
}

function inspectPorts(published: Readonly<Record<string, readonly string[]>>): object {
  const binding = (text: string) => {
    const colon = text.lastIndexOf(':');
    const HostIp = text.slice(0, colon).replace(/^\[|\]$/g, '');
    return { HostIp, HostPort: text.slice(colon + 1) };
  };
  return Object.fromEntries(
    Object.entries(published).map(([port, hosts]) => [port, hosts.map(binding)]),
  );
}

function inspectEndpoint(container: ContainerSpec, network: string, place: number): object {
  const { ipv4 = '', ipv6 = '' } = container.networks[network] ?? {};
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: [container.name],
    MacAddress: '02:42:ac:12:00:02',
    NetworkID: `${place + 1}`.padEnd(64, 'f0'),
    EndpointID: `${place + 1}`.padEnd(64, 'e1'),
    Gateway: ipv4.replace(/\.\d+$/, '.1'),
    IPAddress: ipv4,
    IPPrefixLen: ipv4 === '' ? 0 : 16,
    IPv6Gateway: '',
    GlobalIPv6Address: ipv6,
    GlobalIPv6PrefixLen: ipv6 === '' ? 0 : 64,
    DNSNames: [container.name],
  };
}
