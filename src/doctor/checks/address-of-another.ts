// An address that a mapping leads to, and that another container has got since.

import { groupBy } from '../../compile/group.ts';
import type { Check } from '../check.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { affected } from '../mappings.ts';
import { follow, type Moved, movedMappings } from '../moved.ts';

export const addressOfAnother: Check = {
  code: 'address-of-another',
  find(facts) {
    const taken = movedMappings(facts).filter(({ newOwner }) => newOwner !== null);
    const byAddress = groupBy(taken, ({ mapping }) => mapping.int.text);
    return [...byAddress.values()].map((moved) => describe(moved, facts));
  },
};

function describe(moved: readonly Moved[], facts: Facts): Found {
  const [first] = moved;
  return {
    severity: 'error',
    message: `${first?.mapping.int.text}, the address of container ${first?.was.name}, belongs to ${first?.newOwner?.name} now`,
    reason:
      'The snapshot is older than the containers: strangers come to a container that was never ' +
      'meant to be reached.',
    affected: moved.map(({ mapping }) => affected(mapping)),
    commands: follow(facts),
    note: 'take the snapshot again and apply',
  };
}
