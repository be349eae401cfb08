import { type CallForUsersDeps, callUnlessRefused } from './call-for-users.ts';
import type { UsersCall } from './call-in-batches.ts';
import type { Identity } from './identity.ts';
import { readUsers } from './read-users.ts';
import type { BlocklistStore } from './store.ts';
import { type LastTold, tellLast } from './tell-last.ts';

export interface InsistDeps extends CallForUsersDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'pageEvents' | 'appendEvents'>;
}

/**
 * Whoever met at Graph with what was only due asks once more, and the history ends with that. False where Graph did not
 * take it.
 */
export async function insist(
  deps: InsistDeps,
  request: Omit<UsersCall, 'identities'> & Omit<LastTold, 'users'>,
  outdone: readonly Identity[],
): Promise<boolean> {
  if (outdone.length === 0) return true;
  if (!(await callUnlessRefused(deps, { ...request, identities: outdone }))) return false;
  const ids = outdone.map(({ id }) => id);
  const known = await readUsers(deps.store, request.phoneNumberId, ids, true);
  const users = ids.map((id) => known.get(id)?.user ?? id);
  await tellLast(deps.store, { ...request, users }, deps.clock.now());
  return true;
}
