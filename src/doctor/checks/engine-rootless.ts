// An engine that a user runs for himself: its containers' addresses are not on this host.
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { containerMappings } from '../containers.ts';
import { known } from '../facts.ts';
import { affected } from '../mappings.ts';

export const engineRootless: Check = {
  code: 'engine-rootless',
  find(facts) {
    const engine = known(facts.engine);
    const mappings = containerMappings(facts);
    if (engine === null || !engine.rootless || mappings.length === 0) return [];
    return [
      {
        severity: 'error',
        message: `this is a rootless ${engineNames[engine.kind]}`,
        reason:
          "Its containers are in a network namespace of the user's: this host has no route to their " +
          'addresses, and something else may have them.',
        affected: mappings.map(affected),
        commands:
          engine.kind === 'docker' ? [commandLine('docker', 'context', 'use', 'default')] : [],
        note: "take the snapshot from the system's engine; a port of a rootless container is mapped by publishing it there, and a mapping to this host's own address",
      },
    ];
  },
};

const engineNames = { docker: 'Docker', podman: 'Podman' } as const;
