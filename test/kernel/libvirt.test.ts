/** natmap's mappings to guests of a real libvirt: they work, or doctor names what rejects them and the fix that lets them in. */
import { describe, expect, test } from 'vitest';
import { diagnose, fix } from '../support/doctor.ts';
import { type Family, families } from '../support/kernel.ts';
import {
  attachGuest,
  type Backend,
  backends,
  guestRules,
  libvirtReason,
  startLibvirt,
} from '../support/libvirt.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap } from '../support/natmap.ts';
import { addresses, createHosts } from '../support/topology.ts';
import { answer, connect, serve } from '../support/traffic.ts';
import { createWorkspace } from '../support/workspace.ts';

const modes = ['nat', 'route', 'open'] as const;
const orders = ['libvirt', 'natmap'] as const;
const cases = backends.flatMap((backend) =>
  modes.flatMap((mode) => orders.map((first) => ({ backend, mode, first }))),
);

describe.skipIf(libvirtReason())('beside libvirt', () => {
  test.each(cases)(
    'with its rules in $backend a guest of a network in mode $mode is reached, or doctor has the fix, $first first',
    async ({ backend, mode, first }) => {
      await using hosts = await createHosts(['client1']);
      await using guest = await createNamespace();
      const { host, client1 } = hosts;
      await host.ip(
        ...families.map((family) => `route add default via ${addresses[family].client1} dev vmbr0`),
      );
      // A bridge that has just come up would keep its IPv6 address from use for a second.
      await host.sysctl('net.ipv6.conf.default.accept_dad', 0);
      using libvirt = await startLibvirt(host, backend);
      using files = createWorkspace({ 'rules.d/a.yaml': guestRules });
      const args = ['--rules', files.file('rules.d')];
      const apply = () => mustNatmap(host, 'nft', ['apply', ...args]);
      if (first === 'natmap') await apply();
      await libvirt.startNetwork(mode);
      await attachGuest(host, guest);
      await serve(guest, 'guest', ['tcp/25']);
      if (first === 'libvirt') await apply();
      const replies = () => Promise.all(families.map((family) => call(client1, family)));
      const before = await replies();
      const { findings } = await diagnose(host, 'nft', args);
      const errors = findings.filter(({ severity }) => severity === 'error');
      const stopped = before.some((reply) => reply === 'refused');
      expect({ stopped, codes: errors.map(({ code }) => code) }).toEqual({
        stopped: stops[backend].includes(`${mode}, ${first} first`),
        codes: stopped ? [reasons[backend], reasons[backend]] : [],
      });
      for (const each of errors) await fix(host, each);
      expect(await replies()).toEqual(
        families.map((family) => answer('guest', 25, addresses[family].client1)),
      );
    },
  );
});

/** One finding a family. */
const reasons = { iptables: 'shadowed', nftables: 'nft-forward-drop' } as const;

/** Where libvirt rejects new connections from outside before an accept of natmap's counts. */
const stops: Readonly<Record<Backend, readonly string[]>> = {
  iptables: ['nat, natmap first'],
  nftables: ['nat, natmap first', 'nat, libvirt first'],
};

function call(client: Namespace, family: Family): Promise<string> {
  return connect(client, addresses[family].host, 25);
}
