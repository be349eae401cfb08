import { EVERY_NUMBER } from '../ids.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { protectedUsersOf, withForms } from '../protection/protected-user.ts';
import type { Everywhere } from '../users/find-everywhere.ts';
import type { Remains } from './remaining-jobs.ts';

/** What is stored about a person for every number at once: their protection, or its history. */
export interface ErasedFromEveryNumber {
  readonly events: number;
  readonly remains: readonly Remains[];
}

/**
 * Erases the history of a protection that has ended. While somebody is protected, their ids are needed, and so is who asked for
 * it; and an erasure on some numbers only leaves what is about all of them.
 */
export async function eraseFromEveryNumber(
  store: Pick<BlocklistStore, 'listProtected' | 'listEventPlaces' | 'eraseEvents'>,
  { ids, previousIds }: Pick<Everywhere, 'ids' | 'previousIds'>,
  areNamed: boolean,
): Promise<ErasedFromEveryNumber> {
  const isProtected = protectedUsersOf(await store.listProtected(), withForms(ids)).length > 0;
  const places = await store.listEventPlaces(EVERY_NUMBER, [...ids, ...previousIds]);
  if (!isProtected && !areNamed) {
    await store.eraseEvents(EVERY_NUMBER, places);
    return { events: places.length, remains: [] };
  }
  if (!isProtected && places.length === 0) return { events: 0, remains: [] };
  const why = isProtected
    ? 'The user is protected: the list of protected users, and its history, keep their ids, the reason and who asked; end the protection, then erase the user again'
    : 'The history of an earlier protection is about every number; erase the user without phone_number_ids';
  return { events: 0, remains: [{ where: 'protected_users', why }] };
}
