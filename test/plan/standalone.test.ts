import { expect, test } from 'vitest';
import { standingChains } from '../../src/iptables/wanted.ts';
import { printWanted } from '../../src/plan/standalone.ts';

test('what is wanted is a text that names no policy, and makes each jump', () => {
  const chains = standingChains.map((place) => ({
    ...place,
    rules: [
      { spec: `-m comment --comment ${place.table} -j RETURN`, verbatim: false, origin: null },
    ],
  }));
  expect(printWanted({ family: 'ipv6', chains })).toBe(`*filter
:DOCKER-USER - [0:0]
:NATMAP - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -j NATMAP
-A NATMAP -m comment --comment filter -j RETURN
COMMIT
*nat
:NATMAP - [0:0]
:NATMAP-OUTPUT - [0:0]
:NATMAP-POSTROUTING - [0:0]
-A PREROUTING -j NATMAP
-A OUTPUT -j NATMAP-OUTPUT
-A POSTROUTING -j NATMAP-POSTROUTING
-A NATMAP -m comment --comment nat -j RETURN
-A NATMAP-OUTPUT -m comment --comment nat -j RETURN
-A NATMAP-POSTROUTING -m comment --comment nat -j RETURN
COMMIT
`);
});
