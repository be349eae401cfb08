import { DAY_MS } from '../durations.ts';
import { type ScheduledEventDeps, scheduledEvent } from '../events/scheduled-event.ts';
import { isAlias } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import type { ListSnapshot } from './list-snapshot.ts';
import {
  isPastDeadline,
  type NamedOperation,
  type OpenOperations,
  type OpenOperationsDeps,
  overlaps,
} from './open-operations.ts';

/** Milliseconds for which an operation waits for the list of its number to become readable again. */
const WRITE_OFF_MS = DAY_MS;

export interface ResolveDeps extends OpenOperationsDeps, ScheduledEventDeps {}

/**
 * Ends the operations that were over before the snapshot began and that no worker processes any more. If a user is where the
 * operation wanted them, that counts as its success. Gives whether some operations stay open: because a chunk will continue
 * them, because a worker processes their users, or because another writer was first at one of their users (`lockConflicts`),
 * who must be compared with Graph's list once more.
 */
export async function resolveOperations(
  deps: ResolveDeps,
  { phoneNumberId, open, snapshot }: { phoneNumberId: string; open: OpenOperations; snapshot: ListSnapshot },
  lockConflicts: ReadonlySet<string>,
): Promise<boolean> {
  const endedBeforeSnapshot = ({ operation }: NamedOperation) =>
    isPastDeadline(operation, Date.parse(snapshot.startedAt));
  let isAnyKept = open.inProgress.some(endedBeforeSnapshot);
  for (const named of open.abandoned.filter(endedBeforeSnapshot)) {
    const { operation, ids } = named;
    if (overlaps(named, open) || !ids.isDisjointFrom(lockConflicts)) {
      isAnyKept = true;
      continue;
    }
    const stored = await deps.store.getUsers(phoneNumberId, [...ids]);
    const isListed = (id: string) => {
      const known = stored.get(id);
      const key = isAlias(known) && !known.isPreviousId ? known.aliasOf : id;
      return snapshot.users.has(key) || snapshot.users.has(otherForm(key) ?? key);
    };
    const { action, users, succeeded: alreadyRecorded = 0, deferred = 0, conflicting = [] } = operation;
    const isAlreadyRecorded = new Set(conflicting);
    const asWanted = [...ids].filter((id) => !isAlreadyRecorded.has(id) && isListed(id) === (action === 'block'));
    // A chunk may have sent only a part of its users.
    const succeeded = Math.min(alreadyRecorded + asWanted.length, users - deferred);
    const more = { users: asWanted, count: succeeded - alreadyRecorded, isResolved: true };
    const event = scheduledEvent(deps, operation, more);
    await deps.store.resolveOperation(operation, { succeeded, failed: users - deferred - succeeded, event });
  }
  return isAnyKept;
}

/** Ends operations of a number whose list cannot be read, once it is clear that their outcome will never be known. */
export async function writeOffOperations(
  deps: OpenOperationsDeps,
  { abandoned }: OpenOperations,
  { nowMs, code }: { readonly nowMs: number; readonly code: number },
): Promise<void> {
  for (const { operation } of abandoned) {
    if (Date.parse(operation.startedAt) + WRITE_OFF_MS > nowMs) continue;
    const { users, succeeded = 0, deferred = 0 } = operation;
    await deps.store.resolveOperation(operation, { succeeded, failed: users - deferred - succeeded, code });
  }
}
