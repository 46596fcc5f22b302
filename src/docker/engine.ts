// What `docker info` or `podman info` prints, to what natmap needs to know of the engine.
import {
  at,
  type Cursor,
  elements,
  isAbsent,
  optionalText,
  optionalTruth,
  text,
  truth,
} from './json.ts';
import type { Engine } from './snapshot.ts';

/** The engine, and why its containers are not on this host's networks, or null when they are. */
export interface EngineAnswer {
  readonly engine: Engine;
  readonly elsewhere: string | null;
}

/**
 * Which of the two answered shows in what it prints, as `docker` may be podman under another name.
 *
 * @param endpoint where the client asks, or null where that is unknown
 * @returns undefined after having complained of what is missing
 */
export function readEngine(root: Cursor, endpoint: string | null): EngineAnswer | undefined {
  return isAbsent(at(root, 'host')) ? readDockers(root) : readPodmans(root, endpoint);
}

/**
 * Why a client's endpoint, such as `ssh://user@host`, leads to another machine, or null.
 *
 * @param endpoint as `docker context inspect` tells it, or null where it does not
 */
export function remoteReason(endpoint: string | null): string | null {
  if (endpoint === null || /^(unix|fd):/.test(endpoint)) return null;
  return `the client speaks to ${endpoint}, and what runs there is not on this host's networks`;
}

/** GET /info of the Docker Engine API; `FirewallBackend` came with 1.49. */
function readDockers(root: Cursor): EngineAnswer | undefined {
  const version = text(at(root, 'ServerVersion'));
  if (version === undefined) return undefined;
  const options = elements(at(root, 'SecurityOptions')).map(optionalText);
  const isDesktop = optionalText(at(root, 'OperatingSystem')) === 'Docker Desktop';
  return {
    engine: {
      kind: 'docker',
      version,
      rootless: options.some((option) => option?.split(',').includes('name=rootless')),
      firewall: firewallOf(optionalText(at(at(root, 'FirewallBackend'), 'Driver'))),
      makesRules: null,
    },
    elsewhere: isDesktop
      ? "Docker Desktop runs its containers in a virtual machine, not on this host's networks"
      : null,
  };
}

/** Whether Docker filters in tables of nftables' own, where an accept of iptables is not final. */
export function isOnNftables(engine: Engine | null): boolean {
  return engine?.kind === 'docker' && engine.firewall === 'nftables';
}

/**
 * Whether the engine makes the rules for what it publishes. Podman always does; an engine that does not tell
 * is taken to, as nearly all do: {@link isAssumedToMakeRules}.
 */
export function makesOwnRules(engine: Engine | null): boolean {
  return engine?.makesRules !== false;
}

/** Whether nobody has said that it does. */
export function isAssumedToMakeRules(engine: Engine | null): boolean {
  return engine === null || (engine.kind === 'docker' && engine.makesRules === null);
}

/** The engine with what its configuration says of making rules, which it does not tell itself. */
export function withMakesRules(engine: Engine, makesRules: boolean | null): Engine {
  return { ...engine, makesRules, firewall: makesRules === false ? 'none' : engine.firewall };
}

/** The name of the driver, to which `+firewalld` may be added. */
function firewallOf(driver: string | undefined): Engine['firewall'] {
  if (driver?.startsWith('iptables')) return 'iptables';
  return driver?.startsWith('nftables') ? 'nftables' : null;
}

/** podman-info(1). */
function readPodmans(root: Cursor, endpoint: string | null): EngineAnswer | undefined {
  const host = at(root, 'host');
  const version = text(at(at(root, 'version'), 'Version'));
  const rootless = truth(at(at(host, 'security'), 'rootless'));
  if (version === undefined || rootless === undefined) return undefined;
  const isRemote = optionalTruth(at(host, 'serviceIsRemote')) ?? false;
  return {
    engine: { kind: 'podman', version, rootless, firewall: null, makesRules: null },
    // A connection that podman remembers (podman-system-connection(1)) is for other machines.
    elsewhere:
      isRemote && endpoint === null
        ? "podman asks a service of another machine, and what runs there is not on this host's networks"
        : null,
  };
}
