import type { MirrorUser } from '../blocklist/mirror.ts';
import type { OpenOperation } from '../blocklist/operation.ts';
import type { Action } from '../blocklist/outcome.ts';
import { isPastDeadline, type NamedOperation } from './open-operations.ts';

/**
 * The operation that is most likely to have brought a user to where Graph's list has them: the latest abandoned one that
 * meant to. `known` is what the mirror says of the user.
 */
export function likelyCause(
  abandoned: readonly NamedOperation[],
  action: Action,
  ids: readonly string[],
  known: MirrorUser | undefined,
): OpenOperation | undefined {
  return abandoned
    .filter(({ operation, ids: named }) => operation.action === action && ids.some((id) => named.has(id)))
    .map(({ operation }) => operation)
    .filter((operation) => !wasOverBefore(operation, known))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
}

/** Whether an operation wanted the opposite for the user, and another one that ended overlapped with it. */
export function isContested(
  abandoned: readonly NamedOperation[],
  action: Action,
  ids: readonly string[],
  known: MirrorUser | undefined,
): boolean {
  return abandoned.some(
    ({ operation }) =>
      operation.action !== action &&
      operation.contested?.some((id) => ids.includes(id)) &&
      !wasOverBefore(operation, known),
  );
}

/** Whether the user was seen in another state at a time when nothing of the operation can have been under way any more. */
function wasOverBefore(operation: OpenOperation, known: MirrorUser | undefined): boolean {
  // A refusal, and a block that waits, are no observation of Graph's list.
  if (known === undefined || known.state === 'unknown' || known.state === 'deferred') return false;
  const { status, jobId, durationMs = 0 } = operation;
  // A chunk goes on under its operation for as long as it is not ended.
  if (status === 'started' && jobId !== undefined) return false;
  return isPastDeadline(operation, Date.parse(known.observedAt) - durationMs);
}
