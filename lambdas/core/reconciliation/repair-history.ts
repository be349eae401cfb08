import { isAfter } from '../changes/attempt-context.ts';
import { type AuditEvent, eventKey } from '../history/audit-event.ts';
import { lastChange } from '../history/last-change.ts';
import { inBatches } from '../in-batches.ts';
import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { whoAndWhy } from '../users/asked.ts';
import { EXTERNAL_ACTOR, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { readUsers } from '../users/read-users.ts';
import type { ListSnapshot } from './list-snapshot.ts';
import { isPastDeadline, type NamedOperation, type OpenOperations, overlaps } from './open-operations.ts';

export interface HistoryRepair {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'pageEvents' | 'appendEvents'>;
  readonly phoneNumberId: string;
  readonly reconciliationId: string;
  readonly snapshot: ListSnapshot;
  readonly open: OpenOperations;
  /** The operations without a known end at this moment. */
  readonly openNow: () => Promise<OpenOperations>;
}

/** How many histories are read at once. */
const AT_ONCE = 20;

/**
 * An operation that died between a user's history and mirror has recorded a change that the mirror never showed. The next
 * change may then have looked like nothing new, and was not recorded. Of three operations that overlapped, one may have recorded its
 * state once more after a change that the mirror did not show yet. This adds the missing audit event, so that the
 * history ends with the user's present state. Only users of abandoned operations can be concerned.
 */
export async function repairHistory(repair: HistoryRepair): Promise<void> {
  const { store, phoneNumberId, open } = repair;
  // Users of an operation in progress were left alone, so their mirror items say nothing now.
  const ids = [...new Set(open.abandoned.filter((named) => !overlaps(named, open)).flatMap((named) => [...named.ids]))];
  for (const some of inBatches(ids, AT_ONCE)) {
    const missing = await missingEvents(repair, some);
    if (missing.size === 0) continue;
    // The worker of an abandoned operation may have gone on since, and be between a user's history and mirror. It has opened its
    // operation again before that; and if it has ended by now, the mirror is another one.
    const resumed = await repair.openNow();
    const idle = some.filter((id) => !resumed.inProgress.some(({ ids }) => ids.has(id)));
    const still = await missingEvents(repair, idle);
    const events = [...still].flatMap(([user, event]) => (isSame(event, missing.get(user)) ? [event] : []));
    await store.appendEvents(phoneNumberId, events);
  }
}

/** By user. Several ids can be one user, who gets one event. */
async function missingEvents(repair: HistoryRepair, ids: readonly string[]): Promise<Map<string, AuditEvent>> {
  const { store, phoneNumberId } = repair;
  const known = await readUsers(store, { phoneNumberId, ids, consistent: true });
  const users = new Map([...known.values()].map((one) => [one.user, one.stored]));
  const missing = await Promise.all([...users].map(([user, stored]) => missingEvent(repair, user, mirrorUser(stored))));
  return new Map(missing.flatMap((event) => (event ? [[event.user, event]] : [])));
}

function isSame(one: AuditEvent, other: AuditEvent | undefined): boolean {
  return other !== undefined && eventKey(one) === eventKey(other) && one.action === other.action;
}

async function missingEvent(
  repair: HistoryRepair,
  user: string,
  known: MirrorUser | undefined,
): Promise<AuditEvent | undefined> {
  const { store, phoneNumberId, snapshot, open, reconciliationId } = repair;
  const last = await lastChange(store, phoneNumberId, user);
  const isBlocked = known?.state === 'blocked';
  if (!last || (last.action === 'block') === isBlocked) return undefined;
  // If another operation has just recorded it, its mirror write is still to come.
  const abandoned = open.abandoned.find(({ operation }) => operation.operationId === last.operationId);
  if (!abandoned && !isPastDeadline({ startedAt: last.at }, Date.parse(snapshot.startedAt))) return undefined;
  const change = { user, action: isBlocked ? ('block' as const) : ('unblock' as const), outcome: 'succeeded' as const };
  // If it was recorded after the mirror's own observation ended, the mirror's operation did not bring the user here. If
  // both overlapped, Graph carried out the mirror's last, and it is recorded once more. So it is if the operation that recorded the
  // last change asked Graph for the mirror's state (`converge`), and was not sure of the answer.
  const isObserved = known !== undefined && known.state !== 'unknown' && known.state !== 'deferred';
  if (isObserved && (isAfter(known.observedAt, known.callDurationMs, last.at) || hasConverged(abandoned, known))) {
    const at = isoTime(Math.max(Date.parse(known.observedAt), Date.parse(last.at) + 1));
    const { operationId, source, expiresAt } = known;
    return { ...change, at, operationId, source, ...whoAndWhy(known), expiresAt };
  }
  return {
    ...change,
    at: snapshot.startedAt,
    operationId: reconciliationId,
    source: 'external',
    actor: EXTERNAL_ACTOR,
  };
}

/** Whether the operation found the user changed by another one, and asked Graph for that state. */
function hasConverged(named: NamedOperation | undefined, { user, input, waId, userId }: MirrorUser): boolean {
  const ids = [user, input.replace(/^\+/, ''), waId, userId];
  return named?.operation.conflicting?.some((id) => ids.includes(id)) === true;
}
