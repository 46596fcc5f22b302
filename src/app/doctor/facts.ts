// What doctor's checks look at: read by host/, put together here.
import type { Facts } from '../../doctor/facts.ts';
import { createIptables, type Iptables } from '../../host/iptables.ts';
import { readNetwork } from '../../host/network.ts';
import { programRunner } from '../../host/program.ts';
import type { Backends } from '../../iptables/ruleset.ts';
import type { Family } from '../../net/family.ts';
import type { Console } from '../console.ts';
import { type Compiled, rulesFolder } from '../inputs.ts';
import type { DoctorOptions } from '../options.ts';
import { closedPaths } from '../unit-access.ts';
import { readEngineFacts } from './engine.ts';
import { describeIntent } from './intent.ts';
import { readNftables } from './nftables.ts';
import { readBothBackends, readTableFlags } from './rules.ts';
import { readListening, readSaved, readSettings } from './settings.ts';

export async function readFacts(
  compiled: Compiled,
  options: DoctorOptions,
  console: Console,
): Promise<Facts> {
  const run = programRunner(process.env);
  const iptables = createIptables(options.backend, run);
  const intent = describeIntent(compiled, await backendsFound(iptables), options);
  const found = await readNetwork(run);
  const closed = closedPaths(rulesFolder(options), options);
  return {
    intent,
    ...(await readBothBackends(intent, { iptables, run }, options, console)),
    nftables: await readNftables(run),
    tableFlags: await readTableFlags(intent, options, run),
    network: found.ok ? { kind: 'read', value: found } : { kind: 'unread', reason: found.message },
    sysctls: readSettings(found.ok ? found.links : []),
    listeners: readListening(),
    savedRules: readSaved(),
    closedPaths: closed === null ? { kind: 'unasked' } : { kind: 'read', value: closed },
    ...(await readEngineFacts(intent, options)),
  };
}

/** What cannot be asked is taken as nft: its rules cannot be read either, and the report says so. */
async function backendsFound(iptables: Iptables): Promise<Backends> {
  const found = async (family: Family) => {
    const answer = await iptables.identify(family);
    return answer.ok ? answer.value.backend : 'nft';
  };
  return { ipv4: await found('ipv4'), ipv6: await found('ipv6') };
}
