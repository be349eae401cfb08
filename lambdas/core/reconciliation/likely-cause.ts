import { OPERATION_DEADLINE_MS, type OpenOperation } from '../changes/operation.ts';
import type { Action } from '../changes/outcome.ts';
import { isoTime } from '../iso-time.ts';
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

/**
 * The time (ISO 8601) since when another operation may have changed the user back: it overlapped with one that wanted the opposite.
 * `undefined` if none did. Of an operation whose worker died, it is not known whether one did. If so, that began no earlier than
 * a function may run.
 */
export function overlapSince(
  abandoned: readonly NamedOperation[],
  { action, ids, known }: FoundChange,
): string | undefined {
  const times = abandoned
    .filter(({ operation }) => operation.action !== action && !wasOverBefore(operation, known))
    .flatMap(({ operation, ids: named }) => {
      const { status, startedAt, conflicting = [] } = operation;
      if (conflicting.some((id) => ids.includes(id))) return [isoTime(0)];
      const mayOverlap = status === 'started' && ids.some((id) => named.has(id));
      return mayOverlap ? [isoTime(Date.parse(startedAt) - OPERATION_DEADLINE_MS)] : [];
    });
  return times.sort()[0];
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
