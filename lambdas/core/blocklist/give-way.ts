import { type CallForUsersDeps, callUnlessRefused } from './call-for-users.ts';
import type { UsersCall } from './call-in-batches.ts';
import type { Identity } from './identity.ts';
import { type MirrorUser, mirrorUser } from './mirror.ts';
import type { Action } from './outcome.ts';
import { readUsers } from './read-users.ts';
import type { BlocklistStore } from './store.ts';
import { type LastTold, tellLast } from './tell-last.ts';

/** Rounds against others who change the same users meanwhile; each of them is a call to Graph. */
const ROUNDS = 3;

export interface GiveWayDeps extends CallForUsersDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'putUsers' | 'pageEvents' | 'appendEvents'>;
}

/**
 * Graph carried out what was due, and somebody had changed their mind: it is told what the mirror says now, and the mirror
 * that this was observed, so that whoever else had a call under way sees that this one came between. False where that failed.
 */
export async function giveWay(
  deps: GiveWayDeps,
  request: UsersCall & Omit<LastTold, 'users'>,
  overruled: readonly Identity[],
): Promise<boolean> {
  const { store, clock } = deps;
  let open = overruled;
  let told: Action = request.action;
  for (let round = 0; round < ROUNDS; round += 1) {
    const ids = open.map(({ id }) => id);
    const known = await readUsers(store, request.phoneNumberId, ids, true);
    const itemOf = ({ id }: Identity): MirrorUser | undefined => mirrorUser(known.get(id)?.stored);
    const differ = open.filter((identity) => (itemOf(identity)?.state === 'blocked') !== (told === 'block'));
    if (differ.length === 0) return true;

    told = told === 'block' ? 'unblock' : 'block';
    const startedMs = clock.now();
    if (!(await callUnlessRefused(deps, { ...request, action: told, identities: differ }))) return false;
    const seen = { observedAt: new Date(startedMs).toISOString(), callMs: clock.now() - startedMs };
    const writes = differ.flatMap((identity) => {
      const prior = itemOf(identity);
      return prior ? [{ id: prior.user, prior, next: { ...prior, ...seen, revision: prior.revision + 1 } }] : [];
    });
    const lost = new Set(await store.putUsers(request.phoneNumberId, writes));
    const users = writes.flatMap(({ id }) => (lost.has(id) ? [] : [id]));
    await tellLast(store, { ...request, action: told, users }, clock.now());
    open = differ.filter((identity) => lost.has(itemOf(identity)?.user ?? identity.id));
    if (open.length === 0) return true;
  }
  return false;
}
