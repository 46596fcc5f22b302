// The container engine that runs here and its containers, where a mapping has to do with them.
import { collectIn, type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.ts';
import { Fault } from '../../diagnostic/fault.ts';
import { noLabels } from '../../docker/labels.ts';
import { readSnapshot } from '../../docker/read.ts';
import type { Snapshot } from '../../docker/snapshot.ts';
import {
  type EngineFacts,
  type Fact,
  type Facts,
  type Intent,
  unasked,
} from '../../doctor/facts.ts';
import { makesRules } from '../../host/daemon-config.ts';
import { takeSnapshot } from '../engine-snapshot.ts';
import { Stop } from '../exit.ts';
import type { DoctorOptions } from '../options.ts';

export async function readEngineFacts(
  { snapshot: given }: Intent,
  options: DoctorOptions,
): Promise<Pick<Facts, 'engine' | 'containers'>> {
  if (given === null && options.dockerCommand === undefined) {
    return { engine: unasked, containers: unasked };
  }
  if (options.docker === 'live') return { engine: engineOf(given), containers: unasked };
  const now = await askEngine(options);
  if (now.kind === 'read') return { engine: engineOf(now.value), containers: now };
  // What the engine was when the snapshot was taken is better than nothing.
  return given?.engine
    ? { engine: engineOf(given), containers: now }
    : { engine: now, containers: unasked };
}

async function askEngine(options: DoctorOptions): Promise<Fact<Snapshot>> {
  const diagnostics: Diagnostic[] = [];
  const report = collectIn(diagnostics);
  try {
    const text = await takeSnapshot(options, noLabels, report);
    const source = { name: options.dockerCommand ?? 'docker', text: text ?? '' };
    const snapshot = text === null ? null : readSnapshot(source, report, noLabels);
    if (snapshot !== null && !hasErrors(diagnostics)) return { kind: 'read', value: snapshot };
    return { kind: 'unread', reason: diagnostics[0]?.message ?? 'it said nothing' };
  } catch (error) {
    if (error instanceof Fault || error instanceof Stop) {
      return { kind: 'unread', reason: error.message };
    }
    throw error;
  }
}

function engineOf(snapshot: Snapshot | null): Fact<EngineFacts> {
  const engine = snapshot?.engine ?? null;
  if (engine === null) return unasked;
  return {
    kind: 'read',
    value: {
      ...engine,
      makesRules: engine.kind === 'docker' ? (makesRules() ?? engine.makesRules) : true,
    },
  };
}
