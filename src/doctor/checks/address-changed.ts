// A container that has another address than the mapping leads to, or none.

import { groupBy } from '../../compile/group.ts';
import type { Check } from '../check.ts';
import { addressesOf } from '../containers.ts';
import type { Facts } from '../facts.ts';
import type { Found } from '../finding.ts';
import { affected } from '../mappings.ts';
import { follow, type Moved, movedMappings } from '../moved.ts';

export const addressChanged: Check = {
  code: 'address-changed',
  find(facts) {
    const lost = movedMappings(facts).filter(({ newOwner }) => newOwner === null);
    const byAddress = groupBy(lost, ({ mapping }) => mapping.int.text);
    return [...byAddress.values()].map((moved) => describe(moved, facts));
  },
};

function describe(moved: readonly Moved[], facts: Facts): Found {
  return {
    severity: 'error',
    message: moved.slice(0, 1).map(inWords).join(),
    reason:
      'The snapshot is older than the container: connections go to an address that nobody has.',
    affected: moved.map(({ mapping }) => affected(mapping)),
    commands: follow(facts),
    note: 'take the snapshot again and apply',
  };
}

function inWords({ mapping, was, is }: Moved): string {
  const address = mapping.int.text;
  if (is === null) return `container ${was.name} is gone, and its address ${address} with it`;
  if (!is.running) return `container ${was.name} is not running, and has no address`;
  const now = addressesOf(is)
    .filter(({ family }) => family === mapping.family)
    .map(({ text }) => text);
  return `container ${was.name} has ${now.join(' and ') || 'no address'} now, and not ${address}`;
}
