/** rules.d texts compiled, and mappings in words that fit into a table. */
import { compile } from '../../src/compile/compile.ts';
import type { Mapping } from '../../src/compile/mapping.ts';
import { loadRuleSet } from '../../src/config/load.ts';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { readSnapshot } from '../../src/docker/read.ts';
import { type Address, formatNetworkShort } from '../../src/net/address.ts';
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
  const snapshot = docker === null ? null : readSnapshot({ name: 'd.json', text: docker }, report);
  const mappings = compile(ruleSet, snapshot, report);
  return { mappings: mappings.map(inWords), said: said(), diagnostics, marks: places };
}

/** `dnat 203.0.113.43:8000-8010/tcp -> 10.0.0.101:9000-9010 on vmbr0 from 198.51.100.0/24`. */
function inWords(mapping: Mapping): string {
  if (mapping.kind === 'snat') {
    const { int, extIf, ext } = mapping;
    return `snat ${formatNetworkShort(int)} on ${extIf} -> ${ext?.text ?? 'masquerade'}`;
  }
  const { kind, ext, ports, protocol, int, intPorts } = mapping;
  const words = [
    `${kind} ${host(ext)}:${formatPorts(ports, '-')}/${protocol}`,
    `-> ${host(int)}:${formatPorts(intPorts, '-')}`,
  ];
  if (mapping.kind === 'dnat' && mapping.extIf !== null) words.push(`on ${mapping.extIf}`);
  if (mapping.kind === 'dnat' && mapping.local) words.push('and local');
  if (mapping.kind === 'hairpin') {
    words.push(`within ${mapping.lan === null ? 'itself' : formatNetworkShort(mapping.lan)}`);
  } else if (mapping.sources !== null) {
    words.push(`from ${mapping.sources.map(formatNetworkShort).join(' ') || 'nowhere'}`);
  }
  if (mapping.kind === 'docker' && mapping.published.length > 0) {
    const ports = mapping.published.map((port) => `${port.hostPort}:${port.containerPort}`);
    words.push(`despite ${ports.join(' ')}`);
  }
  return words.join(' ');
}

function host(address: Address | null): string {
  if (address === null) return '*';
  return address.family === 'ipv6' ? `[${address.text}]` : address.text;
}
