// conntrack, addrtype and comment (iptables-extensions(8)).
import { bytesOf } from '../bytes.ts';
import { type Extension, type Option, problem } from './extension.ts';
import { port } from './ports.ts';

/** Longest comment in bytes: XT_MAX_COMMENT_LEN is 256 with its NUL; iptables cuts silently. */
export const longestComment = 255;

// The order of print_state and print_types in libxt_conntrack.c and libxt_addrtype.c.
const states = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];
const addressTypes = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
];

// What the kernel knows in IPv6: addrtype_mt_checkentry_v1, net/netfilter/xt_addrtype.c.
const addressTypes6 = ['UNSPEC', 'UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'];

export const conntrack: Extension = {
  name: 'conntrack',
  options: [
    set('--ctstate', states),
    port('--ctorigsrcport'),
    port('--ctorigdstport'),
    port('--ctreplsrcport'),
    port('--ctrepldstport'),
    {
      names: ['--ctdir'],
      arity: 1,
      invertible: false,
      canonical: ([text = '']) => {
        const direction = text.toUpperCase();
        const known = direction === 'ORIGINAL' || direction === 'REPLY';
        return known ? direction : problem(`${text} is neither ORIGINAL nor REPLY`);
      },
    },
  ],
};

export const addrtype: Extension = {
  name: 'addrtype',
  options: [
    addressType('--src-type'),
    addressType('--dst-type'),
    { names: ['--limit-iface-in'], arity: 0, invertible: false, canonical: () => '' },
    { names: ['--limit-iface-out'], arity: 0, invertible: false, canonical: () => '' },
  ],
};

/** The match whose text is kept as a word: quoting it is the printer's matter. */
export const comment: Extension = {
  name: 'comment',
  options: [
    {
      names: ['--comment'],
      arity: 1,
      invertible: false,
      canonical: ([text = '']) =>
        bytesOf(text).length > longestComment
          ? problem(`the comment is longer than ${longestComment} bytes, and would be cut silently`)
          : text,
    },
  ],
};

function addressType(name: string): Option {
  const [v4, v6] = [set(name, addressTypes), set(name, addressTypes6)];
  return {
    ...v4,
    canonical: (args, family, inverted) =>
      (family === 'ipv4' ? v4 : v6).canonical(args, family, inverted),
  };
}

function set(name: string, order: readonly string[]): Option {
  return {
    names: [name],
    arity: 1,
    invertible: true,
    canonical: ([text = '']) => {
      const items = text.toUpperCase().split(',');
      const stranger = items.find((item) => !order.includes(item));
      if (stranger !== undefined) return problem(`${name.slice(2)} has no ${stranger}`);
      return order.filter((item) => items.includes(item)).join(',');
    },
  };
}
