import { type CallForUsersDeps, callUnlessRefused } from './call-for-users.ts';
import type { UsersCall } from './call-in-batches.ts';
import type { Identity } from './identity.ts';
import { mirrorUser } from './mirror.ts';
import { readUsers } from './read-users.ts';
import type { BlocklistStore, MirrorWrite } from './store.ts';
import { type LastTold, tellLast } from './tell-last.ts';

export interface InsistDeps extends CallForUsersDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'putUsers' | 'pageEvents' | 'appendEvents'>;
}

/**
 * Whoever met at Graph with what was only due asks once more, and the history ends with that; the mirror tells that this was
 * observed, so that whoever else had a call under way sees that this one came between. False where Graph did not take it, or
 * where somebody else changed one of them meanwhile: then only Graph's list tells which came last.
 */
export async function insist(
  deps: InsistDeps,
  request: Omit<UsersCall, 'identities'> & Omit<LastTold, 'users'>,
  outdone: readonly Identity[],
): Promise<boolean> {
  if (outdone.length === 0) return true;
  const { store, clock } = deps;
  const startedMs = clock.now();
  if (!(await callUnlessRefused(deps, { ...request, identities: outdone }))) return false;
  const answeredMs = clock.now();
  const ids = outdone.map(({ id }) => id);
  const known = await readUsers(store, request.phoneNumberId, ids, true);
  const wanted = request.action === 'block' ? 'blocked' : 'unblocked';
  const items = new Map([...known.values()].map(({ user, stored }) => [user, mirrorUser(stored)]));
  const writes = [...items].flatMap(([id, prior]): MirrorWrite[] => {
    if (prior?.state !== wanted) return [];
    const observedMs = Math.max(startedMs, Date.parse(prior.observedAt));
    const seen = { observedAt: new Date(observedMs).toISOString(), callMs: Math.max(answeredMs - observedMs, 0) };
    return [{ id, prior, next: { ...prior, ...seen, revision: prior.revision + 1 } }];
  });
  const lost = await store.putUsers(request.phoneNumberId, writes);
  if (writes.length < items.size || lost.length > 0) return false;
  await tellLast(store, { ...request, users: [...items.keys()] }, clock.now());
  return true;
}
