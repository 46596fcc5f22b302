// What holds of all checks together.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diagnose, isSound } from '../../src/doctor/diagnose.ts';
import { unreadFacts } from '../../src/doctor/facts.ts';
import { findingCodes } from '../../src/doctor/finding.ts';
import { engine } from './engine.ts';
import { factsOf, unread } from './host.ts';

test('a host on which everything is as it should be has no findings', () => {
  const facts = factsOf({});
  expect(facts.intent.mappings).toHaveLength(13);
  expect(diagnose(facts)).toEqual([]);
  expect(unreadFacts(facts)).toEqual([]);
});

test('errors come before notes, which alone are no reason to fail', () => {
  const sysctls = { 'net/bridge/bridge-nf-call-iptables': '0', 'net/ipv4/ip_forward': '0' };
  const found = diagnose(factsOf({ sysctls, since: (text) => text.replace(/-A NATMAP .*\n/, '') }));
  expect(found.map(({ severity, code }) => [severity, code])).toEqual([
    ['error', 'not-applied'],
    ['error', 'ip-forward'],
    ['note', 'bridge-netfilter'],
  ]);
  expect(isSound(found)).toBe(false);
  expect(isSound(found.slice(2))).toBe(true);
});

test('what could not be read is named, and gives no finding', () => {
  const none = unread('permission denied');
  const facts = factsOf({
    facts: {
      rules: { ipv4: none, ipv6: none },
      otherRules: { ipv4: none, ipv6: none },
      tableFlags: { ipv4: none, ipv6: none },
      network: none,
      sysctls: none,
      listeners: none,
      savedRules: none,
      engine: none,
      containers: none,
    },
  });
  expect(diagnose(facts)).toEqual([]);
  expect(unreadFacts(facts).map(({ what }) => what)).toEqual([
    'the live IPv4 rules',
    'the live IPv6 rules',
    "the other backend's IPv4 rules",
    "the other backend's IPv6 rules",
    'whether IPv4 tables are dormant or owned',
    'whether IPv6 tables are dormant or owned',
    'interfaces and routes',
    'kernel settings',
    'listening sockets',
    'rules that are loaded at boot',
    'the container engine and its containers',
    'the containers as they are now',
  ]);
});

test('a Docker that hides whether it makes rules is reported', () => {
  const facts = factsOf({ facts: engine({ makesRules: null }) });
  expect(diagnose(facts)).toEqual([]);
  expect(unreadFacts(facts).map(({ what }) => what)).toEqual(['whether Docker makes rules']);
});

const file = (path: string) => new URL(`../../${path}`, import.meta.url);

test('every check has a file, and a test of its own', () => {
  const names = [...findingCodes].sort();
  expect(readdirSync(file('src/doctor/checks')).sort()).toEqual(names.map((name) => `${name}.ts`));
  expect(readdirSync(new URL('checks', import.meta.url)).sort()).toEqual(
    names.map((name) => `${name}.test.ts`),
  );
});

test('docs/doctor.md says of every finding, in order, what it is, why it matters and what to do', () => {
  const page = readFileSync(file('docs/doctor.md'), 'utf8');
  const sections = page.split(/^### /m).slice(1);
  expect(sections.map((section) => /^`([a-z0-9-]+)`/.exec(section)?.[1])).toEqual([
    ...findingCodes,
  ]);
  for (const section of sections) {
    expect(section).toMatch(/^`[a-z0-9-]+`\n\n(Error|Warning).*\n\nWhy: .*\n\nRemedy: /s);
  }
});
