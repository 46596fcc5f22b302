// Entries that cannot be compiled without a snapshot.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Place } from '../diagnostic/source.ts';

/** @param what what cannot be done without a snapshot, as in `a container needs` */
export function reportNoSnapshot(what: string, at: Place, report: Report): void {
  report({
    code: 'no-snapshot',
    severity: 'error',
    message: `${what} a Docker snapshot, and none was given`,
    at,
    hint: 'add --docker live, or --docker FILE with what natmap snapshot or docker inspect printed',
  });
}
