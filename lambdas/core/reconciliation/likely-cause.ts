import type { OpenOperation } from '../changes/operation.ts';
import type { Action } from '../changes/outcome.ts';
import type { MirrorUser } from '../users/mirror.ts';
import { isPastDeadline, type NamedOperation } from './open-operations.ts';

/** A user who is found on Graph's list, or gone from there. */
interface FoundChange {
  readonly action: Action;
  /** Every id by which an operation may have the user. */
  readonly ids: readonly string[];
  /** The user's mirror item. */
  readonly known: MirrorUser | undefined;
}

/**
 * The operation that most likely brought a user to their place on Graph's list: the latest abandoned one with that action.
 */
export function likelyCause(
  abandoned: readonly NamedOperation[],
  { action, ids, known }: FoundChange,
): OpenOperation | undefined {
  return abandoned
    .filter(({ operation, ids: named }) => operation.action === action && ids.some((id) => named.has(id)))
    .map(({ operation }) => operation)
    .filter((operation) => !wasOverBefore(operation, known))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
}

/** Whether an operation wanted the opposite for the user, and overlapped with another one that has ended. */
export function isConflicting(abandoned: readonly NamedOperation[], { action, ids, known }: FoundChange): boolean {
  return abandoned.some(
    ({ operation }) =>
      operation.action !== action &&
      operation.conflicting?.some((id) => ids.includes(id)) &&
      !wasOverBefore(operation, known),
  );
}

/** Whether the user was seen in another state when no call of the operation can have been in progress any more. */
function wasOverBefore(operation: OpenOperation, known: MirrorUser | undefined): boolean {
  // A refusal or a deferred block is no observation of Graph's list.
  if (known === undefined || known.state === 'unknown' || known.state === 'deferred') return false;
  const { status, jobId, durationMs = 0 } = operation;
  // A chunk keeps its operation until it ends.
  if (status === 'started' && jobId !== undefined) return false;
  return isPastDeadline(operation, Date.parse(known.observedAt) - durationMs);
}
