import { describe, expect, test } from 'vitest';
import { dockerSnapshot, type NetworkSpec } from '../support/docker.ts';
import { compiled } from './compiled.ts';

const shop: NetworkSpec = {
  name: 'shop_default',
  bridge: 'br-shop',
  subnets: ['172.18.0.0/16', 'fd00:18::/64'],
};
const back: NetworkSpec = { name: 'back', bridge: 'br-back', subnets: ['172.19.0.0/16'] };

function masquerade(names: string, ...networks: readonly NetworkSpec[]) {
  return compiled(`masquerade: [${names}]`, dockerSnapshot([], networks));
}

describe('a network is masqueraded', () => {
  test('in the families of its subnets; alone, it needs no isolation', () => {
    expect(masquerade('shop_default', shop)).toMatchObject({
      mappings: [
        'masquerade 172.18.0.0/16 of shop_default behind br-shop',
        'masquerade fd00:18::/64 of shop_default behind br-shop',
      ],
      said: [],
    });
  });

  test('with several subnets of a family together', () => {
    const subnets = ['172.18.0.0/24', '172.18.1.0/24'];
    expect(masquerade('shop_default', { ...shop, subnets }).mappings).toEqual([
      'masquerade 172.18.0.0/24 172.18.1.0/24 of shop_default behind br-shop',
    ]);
  });

  test('kept from every other network that has a bridge, masqueraded or not', () => {
    const lan = { name: 'lan', driver: 'macvlan', subnets: ['192.0.2.0/24'] };
    const cellar = { name: 'cellar', bridge: 'br-cellar', internal: true };
    expect(masquerade('back', shop, back, lan, cellar)).toMatchObject({
      mappings: [
        'masquerade 172.19.0.0/16 of back behind br-back',
        'isolate br-back in ipv4',
        'isolate br-cellar in ipv4',
        'isolate br-shop in ipv4',
      ],
      said: [],
    });
  });

  test('once, where it is named twice', () => {
    const { mappings, said } = masquerade('back, back', back);
    expect(mappings).toHaveLength(1);
    expect(said).toEqual(['a.yaml:1:20 duplicate-mapping: duplicate mapping, ignored']);
  });
});

describe('a network whose own options say no is let out, and not translated', () => {
  test('without enable_ip_masquerade', () => {
    const options = { enable_ip_masquerade: 'false' };
    expect(masquerade('shop_default', { ...shop, options })).toMatchObject({
      mappings: [
        'let out 172.18.0.0/16 of shop_default behind br-shop',
        'let out fd00:18::/64 of shop_default behind br-shop',
      ],
      said: [
        'a.yaml:1:14 network-not-masqueraded: network shop_default was made without enable_ip_masquerade, so its containers keep their addresses outside',
      ],
    });
  });

  test('routed in one family', () => {
    const options = { enable_ip_masquerade: 'true', gateway_mode_ipv6: 'routed' };
    expect(masquerade('shop_default', { ...shop, options })).toMatchObject({
      mappings: [
        'masquerade 172.18.0.0/16 of shop_default behind br-shop',
        'let out fd00:18::/64 of shop_default behind br-shop',
      ],
      said: [
        'a.yaml:1:14 network-not-masqueraded: network shop_default is routed in IPv6, so its containers keep their addresses outside',
      ],
    });
  });

  // With "iptables": false, dockerd itself gives it the option false.
  test('but the default network is masqueraded whatever it says', () => {
    const options = { default_bridge: 'true', enable_ip_masquerade: 'false' };
    const bridge = { ...back, name: 'bridge', bridge: 'docker0', options };
    expect(masquerade('bridge', bridge)).toMatchObject({
      mappings: ['masquerade 172.19.0.0/16 of bridge behind docker0'],
      said: [],
    });
  });
});

describe('a network that cannot be masqueraded is refused with the reason', () => {
  test.each<[what: string, network: NetworkSpec, reason: string]>([
    [
      'internal',
      { ...back, internal: true },
      'is internal: its containers are to reach nobody outside',
    ],
    [
      'macvlan',
      { name: 'back', driver: 'macvlan', subnets: ['192.0.2.0/24'] },
      'is of driver macvlan: its containers do not send through this host',
    ],
    [
      'ipvlan',
      { name: 'back', driver: 'ipvlan' },
      'is of driver ipvlan: its containers do not send through this host',
    ],
    [
      'host',
      { name: 'back', driver: 'host' },
      'is of driver host: its containers use addresses of the host already',
    ],
    ['none', { name: 'back', driver: 'null' }, 'is of driver null: its containers have no way out'],
    [
      'overlay',
      { name: 'back', driver: 'overlay' },
      'is of driver overlay: only bridge networks leave by an address of this host',
    ],
    ['without subnets', { name: 'back', bridge: 'br-back' }, 'has no subnets in the snapshot'],
  ])('%s', (_, network, reason) => {
    const { mappings, said } = masquerade('back', network, shop);
    expect(mappings).toEqual([]);
    expect(said).toEqual([`a.yaml:1:14 unusable-network: network back ${reason}`]);
  });

  test('unknown, with the nearest', () => {
    const { diagnostics } = masquerade('shop-default', shop, back);
    expect(diagnostics).toMatchObject([
      {
        code: 'unknown-network',
        message: 'the snapshot has no network "shop-default"',
        hint: 'did you mean shop_default?',
      },
    ]);
  });

  test('known by its containers only, with what is missing', () => {
    const docker = dockerSnapshot([{ name: 'web', networks: { front: { ipv4: '10.9.0.2' } } }], []);
    const { diagnostics } = compiled('masquerade: [front]', docker);
    expect(diagnostics).toMatchObject([
      { code: 'unknown-network', hint: 'add what docker network inspect prints' },
    ]);
  });

  test('without a snapshot', () => {
    expect(compiled('masquerade: [front]').said).toEqual([
      'a.yaml:1:14 no-snapshot: masquerade needs a Docker snapshot, and none was given',
    ]);
  });
});
