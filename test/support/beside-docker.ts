/** natmap beside a real dockerd: rule sets applied with what `docker inspect` prints at that moment. */
import type { Docker } from './dockerd.ts';
import type { Variant } from './kernel.ts';
import { mustNatmap } from './natmap.ts';
import { createWorkspace } from './workspace.ts';

/** Applies a rule set (the object that a rules.d file holds) on the engine's host. */
export async function applyBeside(
  docker: Docker,
  variant: Variant,
  ruleSet: object,
): Promise<void> {
  using files = createWorkspace({
    'rules.d/a.yaml': JSON.stringify(ruleSet),
    'docker.json': await inspectAll(docker),
  });
  const inputs = ['--rules', files.file('rules.d'), '--docker', files.file('docker.json')];
  await mustNatmap(docker.host, variant, ['apply', ...inputs]);
}

/** Containers and networks, as `docker inspect` prints them. */
async function inspectAll(docker: Docker): Promise<string> {
  const lists = [await docker.client('ps', '-aq'), await docker.client('network', 'ls', '-q')];
  return docker.client('inspect', ...lists.flatMap((list) => list.split('\n')));
}
