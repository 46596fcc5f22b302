// A table of nftables' own that drops what mappings forward: an accept of natmap's does not save a packet
// from the drop of another base chain of the hook (nft(8), VERDICT STATEMENTS).
import { type ForwardMapping, isForward } from '../../compile/mapping.ts';
import { tableNames } from '../../iptables/ruleset.ts';
import { familyNames } from '../../net/family.ts';
import { type ChainEnd, chainEnd, isRefused } from '../chain-end.ts';
import type { Check } from '../check.ts';
import { commandLine } from '../command.ts';
import { forwarded } from '../expected-paths.ts';
import { type Facts, known } from '../facts.ts';
import type { Found } from '../finding.ts';
import { affected, isForOthers } from '../mappings.ts';
import { nftChains } from '../nft/chains.ts';
import type { NftChain, NftTable } from '../nft/ruleset.ts';
import { packetsOf } from '../packets.ts';

export const nftForwardDrop: Check = {
  code: 'nft-forward-drop',
  find(facts) {
    const mappings = facts.intent.mappings.filter(isForward).filter(isForOthers);
    return (known(facts.nftables) ?? []).flatMap((table) =>
      table.chains
        .filter((chain) => chain.hook === 'forward' && !isReadElsewhere(table, chain))
        .flatMap((chain) => findDropped(table, chain, mappings, facts)),
    );
  },
};

/** Rules of iptables-nft, which it prints itself, and Docker's, of which another check tells. */
function isReadElsewhere({ family, name }: NftTable, chain: NftChain): boolean {
  const isIptables = family !== 'inet' && (tableNames as readonly string[]).includes(name);
  return name === 'docker-bridges' || (isIptables && chain.name === 'FORWARD');
}

function findDropped(
  table: NftTable,
  chain: NftChain,
  mappings: readonly ForwardMapping[],
  facts: Facts,
): readonly Found[] {
  const { acceptMark: mark } = facts.intent;
  const chains = {
    ipv4: nftChains(table, { family: 'ipv4', mark }),
    ipv6: nftChains(table, { family: 'ipv6', mark }),
  };
  const dropped = mappings.flatMap((mapping) => {
    const { family } = mapping;
    if (table.family !== 'inet' && table.family !== (family === 'ipv4' ? 'ip' : 'ip6')) return [];
    const packets = packetsOf(forwarded(mapping, facts), null);
    const end = chainEnd(chains[family], { table: table.name, from: chain.name }, packets);
    return isRefused(end) ? [{ mapping, end }] : [];
  });
  const [first] = dropped;
  if (first === undefined) return [];
  const families = [...new Set(dropped.map(({ mapping }) => familyNames[mapping.family]))];
  return [
    {
      severity: 'error',
      message: `table ${table.family} ${table.name} of nftables drops what mappings forward (${families.join(', ')})`,
      reason:
        `${placeOf(first.end, chain)} drops these packets. Every base chain of nftables decides for itself, ` +
        "so natmap's accept does not count there.",
      affected: dropped.map(({ mapping }) => affected(mapping)),
      ...fixOf(table, chain),
    },
  ];
}

function placeOf(end: ChainEnd, { name }: NftChain): string {
  if (end.kind !== 'rule') return `The policy of chain ${name}`;
  return `Rule ${end.rule.number} of chain ${end.rule.chain}`;
}

const keptInFile =
  'to keep it, write the rule where that table comes from, such as /etc/nftables.conf';

/** libvirt makes its table again when it starts (libvirt, network_nftables.c). */
const keptBesideLibvirt =
  'to keep it, run the command in /etc/libvirt/hooks/network, or give the network the forward mode route or open instead of nat';

function fixOf(table: NftTable, chain: NftChain): Pick<Found, 'commands' | 'note'> {
  if (table.name === 'firewalld') {
    return {
      commands: [commandLine('systemctl', 'restart', 'firewalld')],
      note: 'after setting StrictForwardPorts=no in /etc/firewalld/firewalld.conf, or let these connections in with a firewalld policy; restart natmap after it, as firewalld removes rules of others when it starts',
    };
  }
  const { family, name } = table;
  const rule = ['ct', 'status', 'dnat', 'accept'];
  return {
    commands: [commandLine('nft', 'insert', 'rule', family, name, chain.name, ...rule)],
    note: name === 'libvirt_network' ? keptBesideLibvirt : keptInFile,
  };
}
