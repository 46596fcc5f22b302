// apply --expect-digest: the plan that was reviewed, or none.
import { planDigest } from '../plan/plan-digest.ts';
import type { Request } from './transact.ts';

/** The request, refused unless its plans are those of the digest. It is planned once only. */
export function expecting(digest: string, request: Request): Request {
  return {
    ...request,
    attempts: 1,
    review: (plans) => {
      const found = planDigest(plans);
      const objection = request.review?.(plans) ?? null;
      if (objection !== null || found === digest) return objection;
      return `this is another plan than the one expected: ${found}\nsee what it is: natmap diff -v`;
    },
  };
}
