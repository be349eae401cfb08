import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { mirrorUser } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import { findUsers } from '../users/read-users.ts';
import type { AuditEvent } from './audit-event.ts';

/**
 * A page of a user's history, newest first. Events from before a move are stored under the number or id of that time. Events
 * from before the `wa_id` was known are under the BSUID, and refusals are under the number as it was sent. All of these are
 * read.
 */
export async function getUserHistory(
  store: Pick<BlocklistStore, 'getUsers' | 'pageEvents'>,
  { phoneNumberId, id }: { readonly phoneNumberId: string; readonly id: string },
  page: { limit: number; before?: string | undefined },
): Promise<{ events: readonly AuditEvent[]; more: boolean }> {
  const known = (await findUsers(store, { phoneNumberId, ids: [id] })).get(id);
  const user = mirrorUser(known?.stored);
  // The history is kept longer than the item of an unblocked user.
  const other = user ? undefined : otherForm(id);
  const ids = [known?.user, user?.userId, user?.previousIds, id, other].flat();
  const users = new Set(ids.filter((one) => one !== undefined));
  // What was done to a number after the user had left it concerns its next owner.
  const until = (one: string) => (one === id ? undefined : user?.leftAt?.[one]);
  const events = await store.pageEvents(phoneNumberId, [...users], { ...page, until, limit: page.limit + users.size });
  return cutPage(events, page.limit);
}

/**
 * The first `limit` events. One operation may have recorded events for two ids at one moment. No cursor can separate them, so
 * they are on one page.
 */
export function cutPage<Event extends AuditEvent>(
  events: readonly Event[],
  limit: number,
): { events: readonly Event[]; more: boolean } {
  const last = events[limit - 1];
  const end = events.findLastIndex((event) => event.at === last?.at && event.operationId === last.operationId) + 1;
  const given = last === undefined ? events : events.slice(0, end);
  return { events: given, more: events.length > given.length };
}
