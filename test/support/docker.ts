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
}

/** The output of `docker inspect NAME…`. */
export function dockerInspect(...containers: readonly ContainerSpec[]): string {
  return JSON.stringify(containers.map(inspectContainer), null, 4);
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
      Ports: {},
      Networks: Object.fromEntries(
        names.map((name, place) => [name, inspectEndpoint(container, name, place)]),
      ),
    },
  };
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
