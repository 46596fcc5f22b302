/** Saved plans, and what an attacker makes of one: any content, with a digest that fits. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Backend, Ruleset } from '../../src/iptables/ruleset.ts';
import type { Wanted } from '../../src/iptables/wanted.ts';
import { printSavedPlan, saveFamily } from '../../src/plan/saved.ts';
import { live, wanted } from './rulesets.ts';

export interface Made {
  readonly ruleset: Ruleset;
  readonly goal: Wanted;
  readonly variant: Backend;
  readonly text: string;
}

export const made: fc.Arbitrary<Made> = fc
  .tuple(live, wanted)
  .map(([{ ruleset, variant }, goal]) => ({
    ruleset,
    goal,
    variant,
    text: planText(ruleset, goal, variant),
  }));

/** The file for one family. */
export function planText(ruleset: Ruleset, goal: Wanted, variant: Backend): string {
  const sources = [{ name: 'rules.d/10.yaml', sha256: 'ab'.repeat(32) }];
  const families = [saveFamily(ruleset, goal, variant)];
  return printSavedPlan({ natmap: '0.1.0', sources, families });
}

/** The plan as JSON without its digest. */
export function contentOf(text: string): Record<string, unknown> {
  const { sha256: _, ...content } = JSON.parse(text) as Record<string, unknown>;
  return content;
}

/** Written as natmap writes it, from nothing but the description in docs/plan.md. */
export function sealed(content: unknown): string {
  const print = (value: unknown) =>
    `${JSON.stringify(value, null, 2)}\n`.replace(
      /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const sha256 = createHash('sha256').update(print(content)).digest('hex');
  return print(isObject(content) ? { ...content, sha256 } : content);
}

type Json = Record<string, unknown> | unknown[];

/** Every place in a JSON value, as the container and the key. */
export function placesIn(value: unknown): (readonly [container: Json, key: string | number])[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => [[value, index] as const, ...placesIn(item)]);
  }
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((key) => [[value, key] as const, ...placesIn(value[key])]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
