// What an engine's client printed just now, to a Snapshot.
import type { Report } from '../diagnostic/diagnostic.ts';
import { type EngineAnswer, readEngine } from './engine.ts';
import { readInspect } from './inspect.ts';
import { inOrder } from './order.ts';
import { parseOutput } from './parse.ts';
import type { Snapshot } from './snapshot.ts';

/** `info` is read apart: what it says may be a reason to ask no more. */
export function readInfo(
  text: string,
  { program, endpoint }: { readonly program: string; readonly endpoint: string | null },
  report: Report,
): EngineAnswer | undefined {
  const root = parseOutput(text, `${program} info`, report);
  return root === null ? undefined : readEngine(root, endpoint);
}

/**
 * @param outputs of `inspect` and `network inspect`, a list of JSON each, as many as there were calls
 */
export function readOutputs(
  outputs: readonly string[],
  program: string,
  selected: ReadonlySet<string>,
  report: Report,
): Pick<Snapshot, 'containers' | 'networks'> {
  const parts = outputs.flatMap((text) => {
    const root = parseOutput(text, `${program} inspect`, report);
    return root === null ? [] : [readInspect(root, selected)];
  });
  const containers = parts.flatMap((part) => part.containers);
  const networks = parts.flatMap((part) => part.networks);
  return inOrder({ engine: null, containers, networks });
}
