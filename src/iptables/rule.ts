// The words of one rule in any valid spelling to the parts that iptables-save prints.
// Grammar: iptables(8); do_parse, iptables/xshared.c of iptables 1.8.9.
import type { Network } from '../net/address.ts';
import type { Family } from '../net/family.ts';
import { interfaceProblem } from '../net/interface.ts';
import { protocolNames, readNetworks } from './basic-values.ts';
import { isCommand } from './commands.ts';
import {
  type Extension,
  isProblem,
  type Option,
  optionOf,
  problem,
  unknown,
} from './extensions/extension.ts';
import { matches, protocolMatches, targets } from './extensions/index.ts';
import { OptionWords } from './option-words.ts';
import type { Negatable, ParsedRule, RuleParts, Verdict } from './rule-parts.ts';

/** Reads the words after `-A CHAIN`. `isChain` tells the names of chains from those of targets. */
export function parseRule(
  words: readonly string[],
  family: Family,
  isChain: (name: string) => boolean,
): ParsedRule {
  const reader = new RuleReader(words, family, isChain);
  const outcome = reader.read();
  if (outcome === null) return { kind: 'known', parts: reader.parts() };
  return outcome === 'opaque' ? { kind: 'opaque' } : { kind: 'bad', problem: outcome.problem };
}

type StepFailure = 'opaque' | { readonly problem: string } | null;

interface OpenUse {
  readonly extension: Extension;
  readonly options: Map<Option, Negatable<string>>;
}

class RuleReader {
  private readonly family: Family;
  private readonly isChain: (name: string) => boolean;
  private readonly sources: Negatable<Network>[] = [];
  private readonly destinations: Negatable<Network>[] = [];
  private inInterface: Negatable<string> | null = null;
  private outInterface: Negatable<string> | null = null;
  private protocol: Negatable<string> | null = null;
  private readonly uses: OpenUse[] = [];
  private target: OpenUse | null = null;
  private verdict: Verdict | null = null;
  private readonly words: OptionWords;
  private inverted = false;

  constructor(words: readonly string[], family: Family, isChain: (name: string) => boolean) {
    this.words = new OptionWords(words);
    this.family = family;
    this.isChain = isChain;
  }

  read(): StepFailure {
    for (let word = this.words.takeOption(); word !== null; word = this.words.takeOption()) {
      if (word === '!') {
        if (this.inverted) return problem('two "!" in a row');
        this.inverted = true;
        continue;
      }
      const trouble = this.readOption(word);
      if (trouble !== null) return trouble;
      if (this.inverted) return problem(`"!" cannot stand before ${word}`);
    }
    if (this.inverted) return problem('"!" at the end');
    return this.misfit();
  }

  parts(): RuleParts {
    const verdict: Verdict | null =
      this.target === null ? this.verdict : { kind: 'target', use: this.target };
    return {
      sources: this.sources,
      destinations: this.destinations,
      inInterface: this.inInterface,
      outInterface: this.outInterface,
      protocol: this.protocol,
      matches: this.uses,
      verdict,
    };
  }

  private readOption(word: string): StepFailure {
    switch (word) {
      case '-s':
      case '--source':
      case '--src':
        return this.readAddresses('sources');
      case '-d':
      case '--destination':
      case '--dst':
        return this.readAddresses('destinations');
      case '-i':
      case '--in-interface':
        return this.readInterface('inInterface');
      case '-o':
      case '--out-interface':
        return this.readInterface('outInterface');
      case '-p':
      case '--protocol':
      case '--proto':
        return this.readProtocol();
      case '-m':
      case '--match':
        return this.readMatch();
      case '-j':
      case '--jump':
        return this.readTarget();
      case '-g':
      case '--goto':
        return this.readChain('goto', this.words.take());
      default:
        return this.readExtensionOption(word);
    }
  }

  private readAddresses(which: 'sources' | 'destinations'): StepFailure {
    const text = this.words.take();
    const inverted = this.takeInversion();
    if (text === null) return problem('an address is missing');
    if (this[which].length > 0) return problem(`two ${which} in one rule`);
    const networks = readNetworks(text, this.family, inverted);
    if ('problem' in networks) return networks;
    this[which].push(...networks);
    return null;
  }

  private readInterface(which: 'inInterface' | 'outInterface'): StepFailure {
    const name = this.words.take() ?? '';
    const inverted = this.takeInversion();
    // Every interface.
    if (name === '+') return inverted ? problem('"!" before + matches nothing') : null;
    const fault = interfaceProblem(name);
    if (fault !== null) return problem(fault);
    if (this[which] !== null) return problem('two interfaces of one direction in one rule');
    this[which] = { inverted, value: name };
    return null;
  }

  private readProtocol(): StepFailure {
    const name = (this.words.take() ?? '').toLowerCase();
    const inverted = this.takeInversion();
    if (this.protocol !== null) return problem('two protocols in one rule');
    const value = protocolNames.get(name);
    if (value === undefined) return 'opaque';
    if (value === 'all') return inverted ? problem('"! -p all" matches nothing') : null;
    this.protocol = { inverted, value };
    return null;
  }

  private readMatch(): StepFailure {
    const extension = matches.get(this.words.take() ?? '');
    if (extension === undefined) return 'opaque';
    // nft would make one of the two, and legacy keeps both.
    const isDouble =
      protocolMatches.has(extension.name) && this.uses.some((use) => use.extension === extension);
    if (isDouble) return problem(`two "-m ${extension.name}" in one rule`);
    this.uses.push({ extension, options: new Map() });
    return null;
  }

  private readTarget(): StepFailure {
    const name = this.words.take();
    if (name === null) return problem('a target is missing');
    const extension = targets.get(name);
    if (extension === undefined)
      return this.isChain(name) ? this.readChain('jump', name) : 'opaque';
    if (this.target !== null || this.verdict !== null) return problem('two targets in one rule');
    this.target = { extension, options: new Map() };
    return null;
  }

  private readChain(kind: 'jump' | 'goto', chain: string | null): StepFailure {
    if (chain === null) return problem('a chain is missing');
    if (this.target !== null || this.verdict !== null) return problem('two targets in one rule');
    if (!this.isChain(chain)) return 'opaque';
    this.verdict = { kind, chain };
    return null;
  }

  private readExtensionOption(word: string): StepFailure {
    const found = this.findOption(word);
    if (found === null) {
      if (isCommand(word)) return problem(`${word} has no place in a rule`);
      return word.startsWith('-') ? 'opaque' : problem(`${word} is not an option`);
    }
    const { use, option } = found;
    const args: string[] = [];
    while (args.length < option.arity) {
      const arg = this.words.take();
      if (arg === null) return problem(`${word} needs ${option.arity} words after it`);
      args.push(arg);
    }
    if (this.inverted && !option.invertible) return problem(`"!" cannot stand before ${word}`);
    const inverted = this.takeInversion();
    const value = option.canonical(args, this.family, inverted);
    if (value === unknown) return 'opaque';
    if (isProblem(value)) return value;
    if ([...use.options.keys()].some((given) => given.names[0] === option.names[0])) {
      return problem(`${word} stands twice`);
    }
    if (typeof value === 'string') use.options.set(option, { inverted, value });
    else if (typeof value === 'object')
      use.options.set(option, { inverted: false, value: value.upright });
    else if (inverted) return problem(`"! ${word}" matches nothing`);
    return null;
  }

  private misfit(): StepFailure {
    for (const { extension, options } of this.uses) {
      const reason = extension.combination?.(options) ?? null;
      if (reason !== null) return problem(reason);
    }
    return null;
  }

  /** The target comes first, then the newest match: options belong to what they stand behind. */
  private findOption(name: string): { use: OpenUse; option: Option } | null {
    const open = this.target === null ? this.uses : [...this.uses, this.target];
    const use = open.findLast(({ extension }) => optionOf(extension, name) !== undefined);
    const option = use === undefined ? undefined : optionOf(use.extension, name);
    return use === undefined || option === undefined
      ? this.loadProtocolMatch(name)
      : { use, option };
  }

  private loadProtocolMatch(name: string): { use: OpenUse; option: Option } | null {
    const { protocol } = this;
    if (protocol === null || protocol.inverted || !protocolMatches.has(protocol.value)) return null;
    const extension = matches.get(protocol.value);
    const option = extension === undefined ? undefined : optionOf(extension, name);
    if (extension === undefined || option === undefined) return null;
    const use: OpenUse = { extension, options: new Map() };
    this.uses.push(use);
    return { use, option };
  }

  private takeInversion(): boolean {
    const { inverted } = this;
    this.inverted = false;
    return inverted;
  }
}
