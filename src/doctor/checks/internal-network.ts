// Mappings to containers without a default route.
import { isOnInternalNetworksOnly } from '../../docker/internal.ts';
import type { Check } from '../check.ts';
import { addressesOf } from '../containers.ts';
import type { Found } from '../finding.ts';
import { affected, isDocker } from '../mappings.ts';

export const internalNetwork: Check = {
  code: 'internal-network',
  find({ intent }): readonly Found[] {
    const { containers = [], networks = [] } = intent.snapshot ?? {};
    const byName = new Map(networks.map((network) => [network.name, network]));
    const mappings = intent.mappings.filter(isDocker);
    return containers.flatMap((container): Found[] => {
      const own = new Set(addressesOf(container).map(({ text }) => text));
      const mapped = mappings.filter(({ int }) => own.has(int.text));
      if (mapped.length === 0 || !isOnInternalNetworksOnly(container, byName)) return [];
      return [
        {
          severity: 'error',
          message: `container ${container.name} is on internal networks only`,
          reason:
            'It has no default route, so it cannot answer a client that is not on its own network.',
          affected: mapped.map(affected),
          commands: [],
          note: "add the container to a network that is not internal, with the engine's network connect, and take the snapshot again",
        },
      ];
    });
  },
};
