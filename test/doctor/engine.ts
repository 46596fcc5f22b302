/** Facts about the engine and its containers. */
import { readSnapshot } from '../../src/docker/read.ts';
import type { EngineFacts, Facts } from '../../src/doctor/facts.ts';
import { listen } from '../listen.ts';
import { value } from './host.ts';

/** An engine that is as most are, but for these. */
export function engine(changes: Partial<EngineFacts>): Pick<Facts, 'engine'> {
  const usual = {
    kind: 'docker',
    version: '28.2.2',
    rootless: false,
    firewall: 'iptables',
    makesRules: true,
  } as const;
  return { engine: value({ ...usual, ...changes }) };
}

/** The containers as they are now, from what `docker inspect` prints. */
export function now(text: string): Pick<Facts, 'containers'> {
  const { report, said } = listen();
  const snapshot = readSnapshot({ name: 'now.json', text }, report);
  if (said().length > 0) throw new Error(said().join('\n'));
  return { containers: value(snapshot) };
}
