// Kernel settings, sockets and files of the host, as facts.
import { existsSync } from 'node:fs';
import { Fault } from '../../diagnostic/fault.ts';
import type { Fact, SavedRules } from '../../doctor/facts.ts';
import { FileFault, readSaveText } from '../../host/files.ts';
import { readListeners } from '../../host/listeners.ts';
import { readSysctls } from '../../host/sysctl.ts';
import { parseSave } from '../../iptables/parse.ts';
import type { Family } from '../../net/family.ts';
import type { Link } from '../../net/link.ts';
import type { Listener } from '../../net/listener.ts';

/** The settings that a check asks for, of each interface but the ports of bridges. */
export function readSettings(links: readonly Link[]): Fact<ReadonlyMap<string, string>> {
  const devices = links.filter(({ kind }) => kind.kind !== 'bridge-port').map(({ name }) => name);
  const settings = readSysctls([
    'net/ipv4/ip_forward',
    'net/ipv6/conf/all/disable_ipv6',
    'net/bridge/bridge-nf-call-iptables',
    'net/bridge/bridge-nf-call-ip6tables',
    ...['all', ...devices].flatMap((device) => [
      `net/ipv4/conf/${device}/forwarding`,
      `net/ipv4/conf/${device}/route_localnet`,
      `net/ipv4/conf/${device}/rp_filter`,
      `net/ipv6/conf/${device}/forwarding`,
      `net/ipv6/conf/${device}/accept_ra`,
    ]),
  ]);
  return settings.size === 0
    ? { kind: 'unread', reason: 'there is nothing in /proc/sys/net' }
    : { kind: 'read', value: settings };
}

export function readListening(): Fact<readonly Listener[]> {
  try {
    return { kind: 'read', value: readListeners() };
  } catch (error) {
    return { kind: 'unread', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Where netfilter-persistent of Debian and iptables-services of Red Hat keep them. */
const savedFiles: readonly (readonly [string, Family])[] = [
  ['/etc/iptables/rules.v4', 'ipv4'],
  ['/etc/iptables/rules.v6', 'ipv6'],
  ['/etc/sysconfig/iptables', 'ipv4'],
  ['/etc/sysconfig/ip6tables', 'ipv6'],
];

export function readSaved(): Fact<readonly SavedRules[]> {
  try {
    const present = savedFiles.filter(([path]) => existsSync(path));
    return { kind: 'read', value: present.map(([path, family]) => readSavedFile(path, family)) };
  } catch (error) {
    if (error instanceof Fault) return { kind: 'unread', reason: error.message };
    throw error;
  }
}

function readSavedFile(path: string, family: Family): SavedRules {
  const parsed = parseSave(readSaveText(path).text, family);
  if (parsed.ok) return { path, rules: parsed.ruleset };
  throw new FileFault(`${path}:${parsed.line}`, parsed.problem);
}
