// What templates see of what leaves this host with another address, and of the isolation that comes with it.
import type { IsolationMapping, MasqueradeMapping, SnatMapping } from '../compile/mapping.ts';
import { formatNetworkShort } from '../net/address.ts';
import { comment } from './view-words.ts';
import type { View } from './views.ts';

export function snatView(mapping: SnatMapping): View {
  const { family, origin, int, extIf, bridge, ext } = mapping;
  const inside = formatNetworkShort(int);
  return {
    template: 'snat',
    origin,
    serves: [mapping],
    values: {
      family,
      name: origin.name,
      comment: comment('snat', inside, ext?.text ?? 'masquerade'),
      int: inside,
      ext_if: extIf,
      except_if: bridge,
      ext: ext?.text ?? null,
    },
  };
}

export function isolationView(mapping: IsolationMapping): View {
  const { family, origin, network, bridge } = mapping;
  const values = { family, name: origin.name, comment: comment('masquerade', network), bridge };
  return { template: 'isolation', origin, serves: [mapping], values };
}

export function masqueradeViews(mapping: MasqueradeMapping): View[] {
  const { family, origin, network, bridge, subnets, isolated, translated } = mapping;
  return subnets.map((subnet) => ({
    template: 'masquerade',
    origin,
    serves: [mapping],
    values: {
      family,
      name: origin.name,
      comment: comment('masquerade', network),
      subnet: formatNetworkShort(subnet),
      bridge,
      isolated,
      translated,
    },
  }));
}
