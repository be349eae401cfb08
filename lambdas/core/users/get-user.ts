import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { type Found, findUsers, foundAs } from './read-users.ts';

/** What the mirror says about a user, by any of their ids or forms of their number. */
export async function getUser(
  store: Pick<BlocklistStore, 'getUsers'>,
  phoneNumberId: string,
  id: string,
): Promise<Found> {
  return foundAs(id, (await findUsers(store, { phoneNumberId, ids: [id] })).get(id));
}
