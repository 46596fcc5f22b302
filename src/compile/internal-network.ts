// The warning about mappings to containers that cannot answer.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/container-index.ts';
import { isOnInternalNetworksOnly } from '../docker/internal.ts';
import type { Container } from '../docker/snapshot.ts';

export function reportInternal(
  container: Container,
  { networks }: ContainerIndex,
  at: Place,
  report: Report,
): void {
  if (!isOnInternalNetworksOnly(container, networks)) return;
  report({
    code: 'internal-network',
    severity: 'warning',
    message: `container ${container.name} is on internal networks only: it has no default route, so it cannot answer connections through a mapping`,
    at,
  });
}
