// natmap kernel-form, hidden: loads the payload on stdin where it runs and prints iptables-save.
// It is run in a throwaway namespace and refuses one that holds rules already.
import { readSource } from '../../host/files.ts';
import { type Answer, createIptables, type Iptables } from '../../host/iptables.ts';
import { programRunner } from '../../host/program.ts';
import type { Family } from '../../net/family.ts';
import { type ExitCode, exitCode, Stop } from '../exit.ts';
import type { HostOptions } from '../options.ts';

export async function kernelForm({ backend, family }: HostOptions): Promise<ExitCode> {
  if (family === 'all') throw new Stop(exitCode.badInput, 'one family is needed');
  // The lock of legacy tools is a file that all namespaces share, and that only root can open.
  const run = programRunner({ ...process.env, XTABLES_LOCKFILE: '/dev/null' });
  const iptables = createIptables(backend, run);
  if (/-A /.test(await saveBoth(iptables, family))) {
    throw new Stop(exitCode.applyFailed, 'this namespace holds rules: it is not a throwaway one');
  }
  orStop(await iptables.restore(family, readSource('-', 'payload').text, 'load'));
  process.stdout.write(await saveBoth(iptables, family));
  return exitCode.done;
}

/** Table by table: without root, the list of legacy tables cannot be read (/proc/net/ip_tables_names). */
async function saveBoth(iptables: Iptables, family: Family): Promise<string> {
  const filter = orStop(await iptables.save(family, 'filter'));
  return filter + orStop(await iptables.save(family, 'nat'));
}

function orStop<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new Stop(exitCode.applyFailed, answer.failure.message);
}
