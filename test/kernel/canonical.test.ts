/**
 * Canonical form, judged by the kernel: what canonicalRule makes of a rule is what iptables-save
 * prints once iptables has loaded it, in both variants and families.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Canonical, canonicalRule } from '../../src/iptables/canonical.ts';
import { isOwnedChain } from '../../src/iptables/owned.ts';
import { parseSave } from '../../src/iptables/parse.ts';
import { printSave } from '../../src/iptables/print.ts';
import { splitWords } from '../../src/iptables/words.ts';
import { spellings } from '../iptables/spellings.ts';
import { dockerRuleset, loadDockerRuleset } from '../support/docker-ruleset.ts';
import { load, save } from '../support/iptables.ts';
import { type Family, kernelReason, variants, variantsAndFamilies } from '../support/kernel.ts';
import { loadRules, mustLoadRules, type Place } from '../support/many-rules.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import {
  oddSpellings,
  readAsMeant,
  refusedByNatmap,
  type Spelling,
} from '../support/odd-spellings.ts';
import { spelledRule, spelledTables } from '../support/spelled-rules.ts';

/** Names of services are looked up there: package netbase. */
const hasServices = existsSync('/etc/services');
if (!hasServices) console.warn('no /etc/services: rules with names of services are left out');

const isOf = (family: Family) => (row: Omit<Spelling, 'canonical'>) =>
  (row.families ?? [family]).includes(family) && (hasServices || !hasServiceName(row.spelling));

describe.skipIf(kernelReason()).each(variantsAndFamilies)('iptables-$variant, $family', (at) => {
  const { family } = at;
  const shared = { ns: {} as Namespace };
  const place = (table = 'filter'): Place => ({ ...at, ns: shared.ns, table });

  beforeAll(async () => {
    shared.ns = await createNamespace();
  });
  afterAll(() => shared.ns[Symbol.asyncDispose]());

  describe('a rule is printed by iptables as by natmap', () => {
    test.each([...spellings, ...oddSpellings].filter(isOf(family)))('$spelling', async (row) => {
      const printed = await mustLoadRules(place(row.table), [row.spelling]);
      expect(printed).toEqual(row.canonical);
      expect(canonical(row.spelling, family)).toEqual({ kind: 'exact', specs: row.canonical });
    });
  });

  describe('a rule is given to iptables as it was meant', () => {
    test.each(readAsMeant.filter(isOf(family)))('$spelling: $why', async (row) => {
      expect(canonical(row.spelling, family)).toEqual({ kind: 'exact', specs: row.canonical });
      expect(await mustLoadRules(place(row.table), row.canonical)).toEqual(row.canonical);
    });
  });

  describe('a rule that variants read differently is refused', () => {
    test.each(refusedByNatmap.filter(isOf(family)))('$spelling: $why', ({ spelling }) => {
      expect(canonical(spelling, family)).toMatchObject({ kind: 'bad' });
    });
  });

  describe.each(spelledTables)('generated rules of table %s', (table) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const rules = fc
      .sample(spelledRule(family, table), { numRuns: 300, seed })
      .filter((rule) => hasServices || !hasServiceName(rule))
      .map((rule) => ({ rule, canonical: canonical(rule, family) }));
    const exact = rules.flatMap(({ rule, canonical: form }) =>
      form.kind === 'exact' ? [{ rule, specs: form.specs }] : [],
    );

    test(`are printed by iptables as by natmap (seed ${seed})`, async () => {
      const { refused, printed } = await loadRules(
        place(table),
        exact.map(({ rule }) => rule),
      );
      for (const message of refused.values()) expect(message).toMatch(knownRejection);
      const taken = exact.filter((_, index) => !refused.has(index));
      const expected = taken.flatMap(({ rule, specs }) => specs.map((spec) => ({ rule, spec })));
      expect(printed).toHaveLength(expected.length);
      const differing = expected
        .map((each, index) => ({ ...each, printed: withoutOpenNegation(printed[index] ?? '') }))
        .filter(({ spec, printed: line }) => spec !== line);
      expect(differing).toEqual([]);
    });

    test(`are printed as natmap gives them (seed ${seed})`, async () => {
      const specs = exact.flatMap((each) => each.specs);
      expect(await mustLoadRules(place(table), specs)).toEqual(specs);
    });

    test(`stay what they are when natmap reads them again (seed ${seed})`, () => {
      for (const spec of exact.flatMap(({ specs }) => specs)) {
        expect(canonical(spec, family)).toEqual({ kind: 'exact', specs: [spec] });
      }
    });

    test(`are nearly all understood (seed ${seed})`, () => {
      const problems = rules.flatMap(({ canonical: form }) =>
        form.kind === 'bad' ? [form.problem] : [],
      );
      for (const problem of problems) expect(problem).toMatch(/ matches nothing$/);
      const verbatim = rules.filter(({ canonical: form }) => form.kind === 'verbatim');
      expect(verbatim).toEqual([]);
      expect(exact.length).toBeGreaterThan(0.9 * rules.length);
    });
  });
});

const fixtures = new URL('fixtures/', import.meta.url);
const saved = readdirSync(fixtures).filter((name) => !name.endsWith('.nft'));

describe.skipIf(kernelReason()).each(variants)('real rule sets in iptables-%s', (variant) => {
  describe.each(saved)('%s', (name) => {
    const text = readFileSync(new URL(name, fixtures), 'utf8');

    test('is printed as it is written', async () => {
      await using ns = await createNamespace();
      await loadFixture(ns, text);
      const printed = withoutNotes(await save(ns, variant, 'ipv4'));
      expect(printed.toSorted()).toEqual(withoutNotes(text).toSorted());
    });

    test('is the same after parsing and printing, counters and all', async () => {
      await using ns = await createNamespace();
      await loadFixture(ns, text);
      const printed = await save(ns, variant, 'ipv4');
      expect(reprinted(printed, 'ipv4')).toEqual(withoutNotes(printed));
    });
  });

  async function loadFixture(ns: Namespace, text: string): Promise<void> {
    for (const [, set = ''] of text.matchAll(/^# ipset (.*)$/gm)) {
      await ns.mustRun('ipset', set.split(' '));
    }
    await load(ns, variant, 'ipv4', text);
  }

  test('IPv6 is the same after parsing and printing', async () => {
    await using ns = await createNamespace();
    await loadDockerRuleset(ns, variant);
    const printed = await save(ns, variant, 'ipv6');
    expect(reprinted(printed, 'ipv6')).toEqual(withoutNotes(printed));
  });
});

describe.each([
  ...saved.map((name) => ({
    name,
    family: 'ipv4' as const,
    text: readFileSync(new URL(name, fixtures), 'utf8'),
  })),
  { name: 'the Docker-like rules', family: 'ipv6' as const, text: dockerRuleset('ipv6') },
])('rules of $name that iptables-save printed', ({ text, family }) => {
  const specs = withoutNotes(text).flatMap((line) => /-A \S+ (.*)$/.exec(line)?.[1] ?? []);

  test.each([...new Set(specs)])('stay what they are: %s', (spec) => {
    const form = canonical(spec, family);
    const kept = form.kind === 'exact' ? form.specs : form.kind === 'verbatim' ? [form.spec] : form;
    expect(kept).toEqual([spec]);
  });
});

function canonical(rule: string, family: Family): Canonical {
  const split = splitWords(rule);
  if (!split.ok) throw new Error(`${split.problem}: ${rule}`);
  return canonicalRule(split.words, family, isOwnedChain);
}

/** Refused for an order or a combination that natmap puts right: see readAsMeant. */
const knownRejection =
  /! not allowed with multiple|Need TCP, UDP, SCTP or DCCP with port|invalid portrange/;

/** What nft makes of `! --dport 0:N`, and legacy does not: see readAsMeant. */
function withoutOpenNegation(line: string): string {
  const upright = (_: string, option: string, last: string) =>
    `${option} ${last === '65534' ? '65535' : `${Number(last) + 1}:65535`}`;
  return line
    .split(/ (?=-m )/)
    .map((part) =>
      /^-m (tcp|udp) /.test(part) ? part.replace(/! (--[sd]port) 0:(\d+)/g, upright) : part,
    )
    .join(' ');
}

function reprinted(text: string, family: Family): string[] {
  const parsed = parseSave(text, family);
  if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
  return withoutNotes(printSave(parsed.ruleset));
}

function withoutNotes(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function hasServiceName(rule: string): boolean {
  return /port"?s?[\s="]+[^-]*(http|domain|ssh|imaps|smtp|ntp|tftp|snmp)/.test(rule);
}
