// What doctor's checks look at: read by host/, put together here.
import type { Facts } from '../../doctor/facts.ts';
import { createIptables } from '../../host/iptables.ts';
import { readNetwork } from '../../host/network.ts';
import { programRunner } from '../../host/program.ts';
import type { DoctorOptions } from '../commands/doctor.ts';
import type { Console } from '../console.ts';
import type { Compiled } from '../inputs.ts';
import { readEngineFacts } from './engine.ts';
import { describeIntent } from './intent.ts';
import { readBothVariants } from './rules.ts';
import { readListening, readSaved, readSettings } from './settings.ts';

export async function readFacts(
  compiled: Compiled,
  options: DoctorOptions,
  console: Console,
): Promise<Facts> {
  const run = programRunner(process.env);
  const iptables = createIptables(options.backend, run);
  const answer = await iptables.variant();
  const intent = describeIntent(compiled, answer.ok ? answer.value : 'nft', options);
  const found = await readNetwork(run);
  return {
    intent,
    ...(await readBothVariants(intent, { iptables, run }, options, console)),
    network: found.ok ? { kind: 'read', value: found } : { kind: 'unread', reason: found.message },
    sysctls: readSettings(found.ok ? found.links : []),
    listeners: readListening(),
    savedRules: readSaved(),
    ...(await readEngineFacts(intent, options)),
  };
}
