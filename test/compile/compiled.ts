/** rules.d texts compiled and judged, and mappings in words that fit into a table. */
import { judgeMappings } from '../../src/analysis/judge.ts';
import { compile } from '../../src/compile/compile.ts';
import type {
  Admission,
  ForwardMapping,
  Mapping,
  SourceRestriction,
} from '../../src/compile/mapping.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import { selectedLabels } from '../../src/config/selection.ts';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import type { Engine } from '../../src/docker/snapshot.ts';
import { type Address, formatNetworkShort, type Network } from '../../src/net/address.ts';
import { families } from '../../src/net/family.ts';
import { formatPorts } from '../../src/net/ports.ts';
import { createTemplates } from '../../src/template/engine.ts';
import { renderWanted } from '../../src/template/render.ts';
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

/** A Docker with `"iptables": false`. */
export const withoutRules: Engine = {
  kind: 'docker',
  version: '28.5.2',
  rootless: false,
  firewall: 'none',
  makesRules: false,
};

/** Compiles files by name, or one; `docker` is a snapshot's text, null when none is given. */
export function compiled(
  rules: string | Readonly<Record<string, string>>,
  docker: string | null = null,
  engine: Engine | null = null,
): Compiled {
  const { files, places } = marked(typeof rules === 'string' ? { 'a.yaml': rules } : rules);
  const { report, diagnostics, said } = listen();
  const sources = Object.entries(files).map(([name, text]) => ({ name, text }));
  const ruleSet = loadRuleSet(sources, report);
  const read = (text: string) =>
    readSnapshot({ name: 'd.json', text }, report, selectedLabels(ruleSet));
  const snapshot = docker === null ? null : { ...read(docker), engine };
  const acceptMark = ruleSet.acceptMark?.value ?? null;
  const templates = createTemplates([], report);
  const { mappings } = judgeMappings(
    compile(ruleSet, snapshot, report),
    { snapshot, acceptMark },
    (those, printed) =>
      families.map((family) => renderWanted(those, family, templates, printed, acceptMark)),
    report,
  );
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
    case 'restriction':
      return restricted(mapping);
    case 'dnat':
    case 'hairpin':
    case 'docker':
      return [mapping.kind, claim(mapping), targetOf(mapping), ...conditions(mapping)].join(' ');
  }
}

/** `restrict *:8080/tcp of web:80 to 198.51.100.0/24`; `routed` for a port that the host does not have. */
function restricted({
  published,
  service,
  intPorts,
  protocol,
  admitted,
}: SourceRestriction): string {
  const host =
    published === null ? 'routed' : claim({ ext: published.ext, ports: published.ports, protocol });
  const inside = `${service}:${formatPorts(intPorts, '-')}`;
  return `restrict ${host} of ${inside} to ${(admitted ?? []).map(client).join(' ') || 'nobody'}`;
}

function client({ source, extIf }: Admission): string {
  return [source && formatNetworkShort(source), extIf && `on ${extIf}`].filter(Boolean).join(' ');
}

function claim({
  ext,
  ports,
  protocol,
}: Pick<ForwardMapping, 'ext' | 'ports' | 'protocol'>): string {
  return `${host(ext)}:${formatPorts(ports, '-')}/${protocol}`;
}

function targetOf({ int, intPorts }: ForwardMapping): string {
  return `-> ${host(int)}:${formatPorts(intPorts, '-')}`;
}

function conditions(mapping: ForwardMapping): string[] {
  if (mapping.kind === 'hairpin') {
    return [`within ${mapping.lan === null ? 'itself' : formatNetworkShort(mapping.lan)}`];
  }
  const from = mapping.sources === null ? [] : [`from ${networks(mapping.sources) || 'nowhere'}`];
  const on = mapping.extIf === null ? [] : [`on ${mapping.extIf}`];
  if (mapping.kind === 'dnat') {
    return [...on, ...(mapping.local ? ['and local'] : []), ...from];
  }
  const { share, publisher } = mapping;
  return [
    ...on,
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
