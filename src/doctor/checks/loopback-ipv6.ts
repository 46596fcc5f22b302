// Mappings of ::1: IPv6 has no route_localnet, so nothing from there leaves the host.

import type { DockerMapping } from '../../compile/mapping.ts';
import { humanPlace } from '../../diagnostic/source.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { mappingsOf } from '../host.ts';
import { affected, isDocker, isOnLoopback } from '../mappings.ts';

export const loopbackIpv6: Check = {
  code: 'loopback-ipv6',
  find(facts) {
    const mappings = mappingsOf(facts, 'ipv6').filter(isDocker).filter(isOnLoopback);
    if (mappings.length === 0) return [];
    return [
      {
        severity: 'error',
        message: 'mappings on ::1 cannot work',
        reason: 'The kernel lets no packet from ::1 leave the host, and has no setting that would.',
        affected: mappings.map(affected),
        commands: [...new Set(mappings.map(useIpv4))],
        note: 'and apply; the container needs an IPv4 address for it',
      },
    ];
  },
};

function useIpv4({ at }: DockerMapping): string {
  const { file, line } = humanPlace(at);
  return commandLine('sed', '-i', `${line}s/\\[::1\\]/127.0.0.1/`, file);
}
