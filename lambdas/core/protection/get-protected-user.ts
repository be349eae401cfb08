import { InvalidRequestError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { findEverywhere } from '../users/find-everywhere.ts';
import { type ProtectedUser, protectedUsersOf, withForms } from './protected-user.ts';

type Store = Pick<BlocklistStore, 'listProtected' | 'getUsersOfNumbers' | 'listNumbers'>;

/** The protected user who has the id, as far as any number knows; or a 404. */
export async function getProtectedUser(store: Store, id: string): Promise<ProtectedUser> {
  const all = await store.listProtected();
  const found =
    protectedUsersOf(all, withForms([id]))[0] ??
    // A number may know the id as another one of a protected user.
    protectedUsersOf(all, withForms((await findEverywhere(store, { id })).ids))[0];
  if (!found) throw notProtected();
  return found;
}

export function notProtected(): InvalidRequestError {
  return new InvalidRequestError('user: is not protected', 404);
}
