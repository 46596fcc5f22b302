/** rules.d texts compiled, and mappings in words that fit into a table. */
import { compile } from '../../src/compile/compile.ts';
import type { ForwardMapping, Mapping, RefusalMapping } from '../../src/compile/mapping.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import { selectedLabels } from '../../src/config/selection.ts';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import { type Address, formatNetworkShort, type Network } from '../../src/net/address.ts';
import { formatPorts } from '../../src/net/ports.ts';
import { listen } from '../listen.ts';
import { marked } from '../support/marked.ts';

export interface Compiled {
  /** Each mapping in words. */
  readonly mappings: readonly string[];
  /** Each diagnostic as `file:line:column code: message`. */
  readonly said: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  /** The places marked with `▸`. */
  readonly marks: readonly string[];
}

/** Compiles files by name, or one; `docker` is a snapshot's text, null when none is given. */
export function compiled(
  rules: string | Readonly<Record<string, string>>,
  docker: string | null = null,
): Compiled {
  const { files, places } = marked(typeof rules === 'string' ? { 'a.yaml': rules } : rules);
  const { report, diagnostics, said } = listen();
  const sources = Object.entries(files).map(([name, text]) => ({ name, text }));
  const ruleSet = loadRuleSet(sources, report);
  const snapshot =
    docker === null
      ? null
      : readSnapshot({ name: 'd.json', text: docker }, report, selectedLabels(ruleSet));
  const mappings = compile(ruleSet, snapshot, report);
  return { mappings: mappings.map(inWords), said: said(), diagnostics, marks: places };
}

/** `dnat 203.0.113.43:8000-8010/tcp -> 10.0.0.101:9000-9010 on vmbr0 from 198.51.100.0/24`. */
function inWords(mapping: Mapping): string {
  switch (mapping.kind) {
    case 'snat': {
      const { int, extIf, ext } = mapping;
      return `snat ${formatNetworkShort(int)} on ${extIf} -> ${ext?.text ?? 'masquerade'}`;
    }
    case 'masquerade':
      return `${mapping.translated ? 'masquerade' : 'let out'} ${networks(mapping.subnets)} of ${mapping.network} behind ${mapping.bridge}`;
    case 'isolation':
      return `isolate ${mapping.bridge} in ${mapping.family}`;
    case 'routed-restriction': {
      const ports = `${formatPorts(mapping.intPorts, '-')}/${mapping.protocol}`;
      const to = mapping.inside.map(({ address }) => `${host(address)}:${ports}`);
      return `restrict routed ${to.join(' ')} to ${networks(mapping.sources) || 'nobody'}`;
    }
    case 'refusal':
      return `refuse ${claim(mapping)} ${targetOf(mapping)}${spared(mapping)}`;
    case 'dnat':
    case 'hairpin':
    case 'docker':
      return [mapping.kind, claim(mapping), targetOf(mapping), ...conditions(mapping)].join(' ');
  }
}

type Claim = Pick<ForwardMapping | RefusalMapping, 'ext' | 'ports' | 'protocol'>;

function claim({ ext, ports, protocol }: Claim): string {
  return `${host(ext)}:${formatPorts(ports, '-')}/${protocol}`;
}

function targetOf(mapping: ForwardMapping | RefusalMapping): string {
  const { intPorts } = mapping;
  const int = mapping.kind === 'refusal' ? (mapping.inside[0]?.address ?? null) : mapping.int;
  return `-> ${int === null ? 'proxy' : host(int)}:${formatPorts(intPorts, '-')}`;
}

function spared({ sources, spared: isSpared }: RefusalMapping): string {
  return isSpared && sources.length > 0 ? ` but from ${networks(sources)}` : '';
}

function conditions(mapping: ForwardMapping): string[] {
  if (mapping.kind === 'hairpin') {
    return [`within ${mapping.lan === null ? 'itself' : formatNetworkShort(mapping.lan)}`];
  }
  const from = mapping.sources === null ? [] : [`from ${networks(mapping.sources) || 'nowhere'}`];
  if (mapping.kind === 'dnat') {
    const on = mapping.extIf === null ? [] : [`on ${mapping.extIf}`];
    return [...on, ...(mapping.local ? ['and local'] : []), ...from];
  }
  const { share, publisher } = mapping;
  return [
    ...(share === null ? [] : [`${share.index + 1} of ${share.targets.length} ${share.mode}`]),
    ...(publisher === null ? [] : [`beside the proxy for ${publisher.bridge ?? 'loopback'}`]),
    ...from,
  ];
}

function networks(all: readonly Network[]): string {
  return all.map(formatNetworkShort).join(' ');
}

function host(address: Address | null): string {
  if (address === null) return '*';
  return address.family === 'ipv6' ? `[${address.text}]` : address.text;
}
