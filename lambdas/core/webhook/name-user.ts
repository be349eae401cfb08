import { DAY_MS } from '../durations.ts';
import { isoTime } from '../iso-time.ts';
import { type MirrorUser, MOST_PREVIOUS_IDS } from '../users/mirror.ts';
import type { LinkDeps } from './link-user.ts';
import { moveEvent, otherWriters } from './move-event.ts';
import type { Move } from './notice.ts';
import { pointTo } from './point-ids.ts';

/** The same user with another BSUID. False if it is recorded already. */
export async function nameUser({ store, clock, newId }: LinkDeps, move: Move, prior: MirrorUser): Promise<boolean> {
  const { phoneNumberId, change } = move;
  const { userId } = change;
  if (userId === undefined) return false;
  if (userId === prior.userId) {
    // The news may have been delivered before, and its delivery have failed at this point.
    await pointTo(store, move, { target: prior.user, others: [userId] });
    return false;
  }
  const nowMs = clock.now();
  const previous = prior.userId ?? change.from.find((id) => id !== prior.user) ?? prior.user;
  const at = isoTime(nowMs);
  const event = moveEvent(move, { user: prior.user, previous, at, operationId: newId(nowMs) });
  const previousIds = [
    ...new Set([...(prior.userId === undefined ? [] : [prior.userId]), ...(prior.previousIds ?? [])]),
  ];
  const next = {
    ...prior,
    userId,
    previousIds: previousIds.filter((id) => id !== userId).slice(0, MOST_PREVIOUS_IDS),
    movedAt: change.at,
    tookOver: isSoonAfter(prior.movedAt, change.at) ? prior.tookOver : undefined,
    revision: prior.revision + 1,
  };
  const lockConflicts = await store.putUsersWithEvents(phoneNumberId, [{ id: prior.user, prior, next, event }]);
  if (lockConflicts.length > 0) throw otherWriters();
  await pointTo(store, move, { target: prior.user, others: [userId] });
  return true;
}

/** Whether news from `at` may still be about the user who had the id until `movedAt`. */
function isSoonAfter(movedAt: string | undefined, at: string): boolean {
  return movedAt !== undefined && Date.parse(at) - Date.parse(movedAt) <= DAY_MS;
}
