/**
 * Four writers at once for a minute: two natmaps with different rules, somebody with `iptables -w` in a
 * loop, and a real dockerd that starts and stops published containers. No rule of anybody is lost or
 * doubled, and the last natmap state holds.
 */
import { describe, expect, test } from 'vitest';
import { type Docker, startDocker } from '../support/dockerd.ts';
import { runIdle } from '../support/engine.ts';
import { everyKind, inlineRules, otherRules } from '../support/inputs.ts';
import { iptables, savedBoth } from '../support/iptables.ts';
import { engineReason, families, type Variant, variants } from '../support/kernel.ts';
import { createNamespace, type Namespace } from '../support/namespace.ts';
import { mustNatmap } from '../support/natmap.ts';

const seconds = 60;

/** Rules that the administrator has at any time, in each of his chains. */
const standing = 5;

const ruleSets = [inlineRules(everyKind), inlineRules(otherRules)];

const places = ['-t filter # DOCKER-USER', '-t nat # PREROUTING', '-t nat # POSTROUTING'];

describe.skipIf(engineReason()).each(variants)('iptables-%s', (variant) => {
  test('no rule of anybody is lost or doubled', async () => {
    await using host = await createNamespace();
    await using docker = await startDocker(host, { variant });
    await mustNatmap(host, variant, ['apply', ...(ruleSets[0] ?? [])]);
    // Docker makes tables for the first port that it publishes, and leaves them.
    await publishOnce(docker, 0);
    const before = await othersOf(host, variant);
    const end = performance.now() + seconds * 1000;
    const counts = await Promise.all([
      ...ruleSets.map((rules) => repeat(end, () => applyOnce(host, variant, rules))),
      repeat(end, (round) => edit(host, variant, round)),
      repeat(end, (round) => publishOnce(docker, round)),
    ]);
    for (const count of counts) expect(count).toBeGreaterThan(3);
    const rounds = counts[2] ?? 0;
    const last = await othersOf(host, variant);
    for (const family of families) {
      const [edited, rest] = partition(last[family], (line) => line.includes('--comment admin-'));
      expect(rest, `what Docker left, ${family}`).toEqual(before[family]);
      expect(edited.toSorted(), `what the administrator left, ${family}`).toEqual(
        expectedEdits(rounds).toSorted(),
      );
    }
    await mustNatmap(host, variant, ['apply', ...(ruleSets[1] ?? [])]);
    const ours = await oursOf(host, variant);
    await using fresh = await createNamespace();
    await mustNatmap(fresh, variant, ['apply', ...(ruleSets[1] ?? [])]);
    expect(ours).toEqual(await oursOf(fresh, variant));
  }, 300_000);
});

/** Calls `act` with 0, 1, 2 … until the time is over; how often. */
async function repeat(end: number, act: (round: number) => Promise<void>): Promise<number> {
  let round = 0;
  for (; performance.now() < end; round++) await act(round);
  return round;
}

async function applyOnce(host: Namespace, variant: Variant, rules: readonly string[]) {
  await mustNatmap(host, variant, ['apply', '-q', '--lock-timeout', '60', ...rules]);
}

/** Adds the rules of this round and removes those of an older one. */
async function edit(host: Namespace, variant: Variant, round: number): Promise<void> {
  for (const place of places) {
    await iptables(host, variant, `${place.replace('#', '-I')} ${ruleOf(round)}`);
    if (round < standing) continue;
    await iptables(host, variant, `${place.replace('#', '-D')} ${ruleOf(round - standing)}`);
  }
}

function ruleOf(round: number): string {
  return `-p udp -m udp --dport ${1000 + round} -m comment --comment admin-${round} -j RETURN`;
}

function expectedEdits(rounds: number): readonly string[] {
  const left = Array.from({ length: Math.min(rounds, standing) }, (_, at) => rounds - 1 - at);
  return places.flatMap((place) =>
    left.map((round) => `-A ${place.split(' ').at(-1)} ${ruleOf(round)}`),
  );
}

async function publishOnce(docker: Docker, round: number): Promise<void> {
  const name = `web-${round}`;
  await runIdle(docker, name, '--publish', `${8000 + (round % 1000)}:80`);
  await docker.client('rm', '--force', name);
}

/** The lines that are not natmap's, family by family. */
async function othersOf(host: Namespace, variant: Variant) {
  return splitOurs(host, variant, (line) => !isOurs(line));
}

async function oursOf(host: Namespace, variant: Variant) {
  return splitOurs(host, variant, isOurs);
}

async function splitOurs(host: Namespace, variant: Variant, keep: (line: string) => boolean) {
  const { ipv4, ipv6 } = await savedBoth(host, variant);
  return { ipv4: ipv4.filter(keep), ipv6: ipv6.filter(keep) };
}

function isOurs(line: string): boolean {
  return /^(:|-A )NATMAP\b|-j NATMAP\b/.test(line);
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): [T[], T[]] {
  return [values.filter(test), values.filter((value) => !test(value))];
}
