// One apply on the record: who did what when, from which sources, and our part before and after.
import type { NetworkNamespace } from '../host/network-namespace.ts';
import { parseSave } from '../iptables/parse.ts';
import { printSave } from '../iptables/print.ts';
import type { Backend, Backends, Ruleset } from '../iptables/ruleset.ts';
import { dockerUser } from '../iptables/wanted.ts';
import { type Family, families, fileEndings } from '../net/family.ts';
import { type SourceDigest, sha256 } from '../plan/digest.ts';
import { ownedView } from '../plan/owned-view.ts';
import { printPayload } from '../plan/payload.ts';
import type { Plan } from '../plan/plan.ts';
import type { Made } from '../plan/restore-goal.ts';
import type { StepFailure } from './load.ts';

const recordSchema = 'natmap.apply/v1';

/** What was run: a rollback for want of a confirmation says so. */
export type ApplyKind = 'apply' | 'flush' | 'rollback' | 'unconfirmed';

/** In words for people. */
export const kindWords: Readonly<Record<ApplyKind, string>> = {
  apply: 'apply',
  flush: 'flush',
  rollback: 'rollback',
  unconfirmed: 'rollback, as nobody confirmed,',
};

/** What is known of an apply before it begins. */
export interface ApplyHeader {
  readonly kind: ApplyKind;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly by: string;
  readonly version: string;
  readonly backends: Backends;
  /** Where the rules were loaded; natmap 0.1.0 did not record it. */
  readonly network?: NetworkNamespace;
  /** Digests of the files that the rules came from. */
  readonly sources: readonly SourceDigest[];
}

export interface ApplyRecord extends ApplyHeader {
  /** `ipv4: 3 rules added`, as `diff` sums it up. */
  readonly summary: string;
  /** Digests of the other files of the record. */
  readonly files: Readonly<Record<string, string>>;
}

/** Files by their names. */
export type Files = Readonly<Record<string, string>>;

/** The state to go back to: our part, and what tells the places of our rules. */
export function backupFiles(before: readonly Ruleset[]): Files {
  return Object.fromEntries(
    before.map((ruleset) => [backupName(ruleset.family), printSave(ownedView(ruleset))]),
  );
}

function backupName(family: Family): string {
  return `before.${fileEndings[family]}`;
}

function payloadName(family: Family): string {
  return `payload.${fileEndings[family]}`;
}

/** What is about to be done; a plan that is made again makes these again. */
export function planFiles(plans: readonly Plan[]): Files {
  return Object.fromEntries(
    plans.flatMap(({ after, edits }) => [
      [`after.${fileEndings[after.family]}`, printSave(ownedView(after))],
      [payloadName(after.family), printPayload(edits)],
    ]),
  );
}

/** What could not be loaded when going back, for a hand to load. */
export function goingBackFiles(troubles: readonly StepFailure[]): Files {
  return Object.fromEntries(
    troubles.flatMap(({ family, payload }) =>
      family === null || payload === '' ? [] : [[`going-back.${fileEndings[family]}`, payload]],
    ),
  );
}

export function printRecord(header: ApplyHeader, summary: string, files: Files): string {
  const digests = Object.entries(files).map(([name, text]) => [name, sha256(text)] as const);
  const record = { schema: recordSchema, ...header, summary, files: Object.fromEntries(digests) };
  return `${JSON.stringify(record, null, 2)}\n`;
}

export type ReadRecord =
  | { readonly ok: true; readonly record: ApplyRecord }
  | { readonly ok: false; readonly problem: string };

export function parseRecord(text: string): ReadRecord {
  const value = parseObject(text);
  if (value === null) return { ok: false, problem: 'record.json is no JSON, or it is cut off' };
  const { schema, kind, at, by, version, network, sources, summary, files } = value;
  if (schema !== recordSchema) return { ok: false, problem: schemaProblem(schema) };
  const backends = backendsOf(value);
  const isSound =
    Object.hasOwn(kindWords, String(kind)) &&
    [at, by, version, summary].every((each) => typeof each === 'string') &&
    backends !== null &&
    (network === undefined || isNetwork(network)) &&
    Array.isArray(sources) &&
    isTexts(files);
  return isSound
    ? { ok: true, record: { ...value, backends } as unknown as ApplyRecord }
    : { ok: false, problem: 'record.json is not as natmap wrote it' };
}

function isNetwork(value: unknown): boolean {
  const { name, bootId } = { ...(value as Partial<NetworkNamespace> | null) };
  return typeof name === 'string' && typeof bootId === 'string';
}

/** Of each family; natmap 0.1.0 wrote one `variant` for both. */
function backendsOf({ variant, backends }: Readonly<Record<string, unknown>>): Backends | null {
  const { ipv4 = variant, ipv6 = variant } = (backends ?? {}) as Readonly<Record<string, unknown>>;
  return isBackend(ipv4) && isBackend(ipv6) ? { ipv4, ipv6 } : null;
}

function isBackend(value: unknown): value is Backend {
  return value === 'nft' || value === 'legacy';
}

function schemaProblem(schema: unknown): string {
  return typeof schema === 'string' && schema.startsWith('natmap.apply/')
    ? `this natmap reads ${recordSchema}, and this is ${JSON.stringify(schema)}`
    : `record.json is no record of natmap's`;
}

/** Whether the apply was of this family too. */
export function touches({ files }: ApplyRecord, family: Family): boolean {
  return files[backupName(family)] !== undefined;
}

/**
 * The state before the apply, of each family that it touched.
 *
 * @param read gives the text of a file of the record, or null
 * @returns null when a file is missing or is not what was written
 */
export function readBackup(
  record: ApplyRecord,
  read: (name: string) => string | null,
): readonly Ruleset[] | null {
  const rulesets: Ruleset[] = [];
  for (const family of families) {
    const name = backupName(family);
    const digest = record.files[name];
    if (digest === undefined) continue;
    const text = read(name);
    if (text === null || sha256(text) !== digest) return null;
    const parsed = parseSave(text, family);
    if (!parsed.ok) return null;
    rulesets.push(parsed.ruleset);
  }
  return rulesets;
}

/**
 * What the apply made outside of natmap's part. A jump to a DOCKER-USER that was there before is nobody's
 * in particular by now.
 */
export function madeByRecord(
  { files }: ApplyRecord,
  family: Family,
  read: (name: string) => string | null,
): Made {
  const name = payloadName(family);
  const payload = files[name] === undefined ? null : read(name);
  const lines = payload === null || sha256(payload) !== files[name] ? [] : payload.split('\n');
  return { dockerUser: lines.includes(`-N ${dockerUser.chain}`), jump: false };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isTexts(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((each) => typeof each === 'string')
  );
}
