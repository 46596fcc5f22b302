// A container whose only networks are internal has no default route: it can answer its neighbours, and
// nobody else who comes through a mapping (moby, `docker network create --internal`).
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';
import type { ContainerIndex } from '../docker/find.ts';
import type { Container } from '../docker/snapshot.ts';

export function reportInternal(
  { name, attachments }: Container,
  { networks }: ContainerIndex,
  at: Place,
  report: Report,
): void {
  if (!attachments.every(({ network }) => networks.get(network)?.internal)) return;
  report({
    code: 'internal-network',
    severity: 'warning',
    message: `container ${name} is on internal networks only: it has no default route, so it cannot answer connections through a mapping`,
    at,
  });
}
