/** The two ways a lease is refused, worded the same by both stores. */
import { StateConflictError } from '../errors.ts';

export function heldBy(runId: string, since: string): StateConflictError {
  return new StateConflictError(`run ${runId} holds the lease since ${since}; this one does nothing`);
}

export function takenOver(runId: string): StateConflictError {
  return new StateConflictError(`the lease was taken over by run ${runId}; this one may not write any more`);
}
