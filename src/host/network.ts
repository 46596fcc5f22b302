// Interfaces, addresses and routes, as ip(8) tells them: in any network namespace, without root.
import { parseAddress, parseNetwork } from '../net/address.ts';
import { type Family, families } from '../net/family.ts';
import type { Link, LinkAddress, LinkKind } from '../net/link.ts';
import type { Route } from '../net/route.ts';
import type { Outcome, Run } from './program.ts';

export type HostNetwork =
  | { readonly ok: true; readonly links: readonly Link[]; readonly routes: readonly Route[] }
  | { readonly ok: false; readonly message: string };

/** Of the main routing table only: rules may send packets to others. */
export async function readNetwork(run: Run): Promise<HostNetwork> {
  const links = await ask(run, ['-details', 'address']);
  if (typeof links === 'string') return { ok: false, message: links };
  const routes: Route[] = [];
  for (const family of families) {
    const answer = await ask(run, [family === 'ipv4' ? '-4' : '-6', 'route']);
    if (typeof answer === 'string') return { ok: false, message: answer };
    routes.push(...answer.flatMap((route) => routesOf(route, family)));
  }
  return { ok: true, links: links.flatMap(linkOf), routes };
}

type Json = { readonly [key: string]: unknown };

/** @returns what ip printed, or why there is nothing */
async function ask(run: Run, args: readonly string[]): Promise<readonly Json[] | string> {
  const outcome = await run({ program: 'ip', args: ['-json', ...args], timeout: 30_000 });
  if (outcome.code !== 0) return reasonOf(outcome);
  try {
    return objects(JSON.parse(escaped(outcome.stdout || '[]')));
  } catch {
    return `ip -json ${args.join(' ')} printed no JSON`;
  }
}

/** An interface may have control characters in its name, and ip writes them as they are. */
function escaped(json: string): string {
  return json.replace(/[^\P{Cc}\s]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function reasonOf({ failure, stderr, code }: Outcome): string {
  if (failure === 'not-found') return 'ip was not found on the PATH (apt-get install iproute2)';
  return stderr.trim().split('\n')[0] || `ip ended with exit code ${code}`;
}

function linkOf(link: Json): Link[] {
  const name = link.ifname;
  if (typeof name !== 'string') return [];
  return [{ name, kind: kindOf(link), addresses: objects(link.addr_info).flatMap(addressOf) }];
}

function kindOf({ linkinfo, master }: Json): LinkKind {
  const { info_kind, info_data, info_slave_data } = object(linkinfo);
  if (info_kind === 'bridge') {
    const { nf_call_iptables, nf_call_ip6tables } = object(info_data);
    return {
      kind: 'bridge',
      netfilter: { ipv4: nf_call_iptables === 1, ipv6: nf_call_ip6tables === 1 },
    };
  }
  const { hairpin } = object(info_slave_data);
  return typeof master === 'string' && typeof hairpin === 'boolean'
    ? { kind: 'bridge-port', bridge: master, hairpin }
    : { kind: 'other' };
}

function addressOf({ local, dynamic, family, scope }: Json): LinkAddress[] {
  const address = typeof local === 'string' ? parseAddress(local) : null;
  if (address === null) return [];
  const advertised = family === 'inet6' && scope === 'global' && dynamic === true;
  return [{ address, advertised }];
}

function routesOf({ type, dst, dev, nexthops }: Json, family: Family): Route[] {
  // Only what leads somewhere: not blackhole, unreachable, prohibit and the like.
  if (type !== undefined && type !== 'unicast') return [];
  const destination = parseNetwork(dst === 'default' ? everywhere[family] : String(dst));
  if (destination === null) return [];
  const devices = [dev, ...objects(nexthops).map((hop) => hop.dev)];
  return devices.flatMap((device) => (typeof device === 'string' ? [{ destination, device }] : []));
}

const everywhere: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0/0', ipv6: '::/0' };

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}
