/** natmap beside a real dockerd: rule sets applied with what the engine says at that moment. */
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
  using files = createWorkspace({ 'rules.d/a.yaml': JSON.stringify(ruleSet) });
  const inputs = ['--rules', files.file('rules.d'), '--docker', 'live'];
  await mustNatmap(docker.host, variant, ['apply', ...inputs], { env: docker.env });
}
