import { DependencyError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { isAlias, type MirrorUser } from '../users/mirror.ts';
import type { Move } from './notice.ts';

type Store = Pick<BlocklistStore, 'getUsers' | 'putUsers'>;

/**
 * A number passes from one user to another. `before`, the previous owner, is not blocked. What is known about them is kept
 * under their BSUID, if that is known, and removed from the number. This is written before Graph is called, so that a
 * delivery that dies halfway does not merge two users.
 */
export async function takeOver(
  store: Store,
  { phoneNumberId, change }: Pick<Move, 'phoneNumberId' | 'change'>,
  before: MirrorUser,
): Promise<MirrorUser> {
  await release(store, { phoneNumberId, change }, before);
  const next = {
    ...before,
    userId: undefined,
    previousIds: undefined,
    leftAt: undefined,
    movedAt: change.at,
    tookOver: true,
    leftBy: before.userId ?? before.leftBy,
    // Whoever has the number now was not changed by that job.
    jobId: undefined,
    revision: before.revision + 1,
  };
  await putFirst(store, phoneNumberId, { id: before.user, prior: before, next });
  return next;
}

/** A repeated delivery finds what the other writer left. */
async function putFirst(store: Store, phoneNumberId: string, write: MirrorWrite): Promise<void> {
  const lockConflicts = await store.putUsers(phoneNumberId, [write]);
  if (lockConflicts.length > 0)
    throw new DependencyError('Another writer is changing the previous owner of the number');
}

async function release(
  store: Store,
  { phoneNumberId, change }: Pick<Move, 'phoneNumberId' | 'change'>,
  before: MirrorUser,
): Promise<void> {
  const { user, userId: id, previousIds = [] } = before;
  if (id === undefined) return;
  const prior = (await store.getUsers(phoneNumberId, [id], true)).get(id);
  if (!isAlias(prior) || prior.aliasOf !== user) return;
  const own = {
    ...before,
    user: id,
    waId: undefined,
    input: id,
    previousIds: [user, ...previousIds],
    leftAt: { ...before.leftAt, [user]: change.at },
    leftBy: undefined,
    change: 'confirmed',
  } as const;
  await putFirst(store, phoneNumberId, { id, prior, next: { ...own, revision: prior.revision + 1 } });
}
