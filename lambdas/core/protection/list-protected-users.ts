import type { ProtectedStore } from '../ports/protected-store.ts';
import type { ProtectedUser } from './protected-user.ts';

export interface ProtectedUsersPage {
  readonly users: readonly ProtectedUser[];
  readonly more: boolean;
}

/** A page of the protected users, by the ids by which they were protected, after the user `after`. */
export async function listProtectedUsers(
  store: Pick<ProtectedStore, 'listProtected'>,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<ProtectedUsersPage> {
  // All of them are few.
  const rest = (await store.listProtected()).filter(({ user }) => after === undefined || user > after);
  return { users: rest.slice(0, limit), more: rest.length > limit };
}
