// A snapshot of the engine that runs here, taken now.
import type { Report } from '../diagnostic/diagnostic.ts';
import { readInfo, readOutputs } from '../docker/answers.ts';
import { remoteReason, withMakesRules } from '../docker/engine.ts';
import { printSnapshot } from '../docker/print.ts';
import type { Engine } from '../docker/snapshot.ts';
import { makesRules } from '../host/daemon-config.ts';
import { createEngineClient, type EngineClient, type Kind } from '../host/engine-client.ts';
import { clientRunner } from '../host/program.ts';
import { createConsole } from './console.ts';
import { exitCode, Stop } from './exit.ts';
import type { EngineOptions } from './options.ts';

/**
 * Asks the engine and gives what it printed as `natmap.snapshot/v1`. Of what the engine prints, no more
 * than that leaves this function.
 *
 * @param selected the labels that rules select by
 * @returns null after having reported what in the engine's answers makes no sense
 * @throws Stop when the engine runs elsewhere, EngineFault when it says nothing
 */
export async function takeSnapshot(
  options: EngineOptions,
  selected: ReadonlySet<string>,
  report: Report,
): Promise<string | null> {
  const client = createEngineClient(options.dockerCommand ?? 'docker', clientRunner(process.env));
  const { note } = createConsole(options);
  const endpoint = (await client.endpoint()) ?? process.env.CONTAINER_HOST ?? null;
  refuseElsewhere(remoteReason(endpoint));
  const asked = [
    askEngine(client, endpoint, report),
    askAll(client, 'container', note),
    askAll(client, 'network', note),
  ] as const;
  // Where one is refused the others have ended too: no client runs on behind our back.
  await Promise.allSettled(asked);
  const [engine, containers, networks] = await Promise.all(asked);
  const printed = readOutputs([...containers, ...networks], client.program, selected, report);
  return engine === null ? null : printSnapshot({ ...printed, engine }, selected);
}

async function askEngine(
  client: EngineClient,
  endpoint: string | null,
  report: Report,
): Promise<Engine | null> {
  const { program } = client;
  const answer = readInfo(await client.info(), { program, endpoint }, report);
  if (answer === undefined) return null;
  refuseElsewhere(answer.elsewhere);
  const { engine } = answer;
  return engine.kind === 'docker' ? withMakesRules(engine, makesRules()) : engine;
}

async function askAll(
  client: EngineClient,
  kind: Kind,
  note: (text: string) => void,
): Promise<readonly string[]> {
  const ids = await client.list(kind);
  return client.inspect(kind, ids, (done) => note(`inspected ${done} of ${ids.length} ${kind}s`));
}

/** The addresses of another machine's containers would lead strangers to the one that has them here. */
function refuseElsewhere(reason: string | null): void {
  if (reason === null) return;
  const hint =
    'run natmap on that machine, or let the client use the engine here (DOCKER_HOST, DOCKER_CONTEXT, CONTAINER_HOST)';
  throw new Stop(exitCode.badInput, reason, hint);
}
