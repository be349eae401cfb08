import type { BlocklistStore, MirrorWrite } from '../ports/blocklist-store.ts';
import { type Alias, isAlias, isWanted, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { isNumber, otherForm } from '../users/number-forms.ts';
import type { Move } from './notice.ts';

export interface PointedIds {
  /** The user to whom the ids are to lead. */
  readonly target: string;
  /** The id that the user had until now. */
  readonly from?: string | undefined;
  /** More ids of theirs, from now or from before. */
  readonly others: readonly string[];
}

/**
 * Ids under which the user may still be asked for. Whoever is a user of their own under one of them stays so, and an id that
 * leads to somebody else goes on doing so.
 */
export async function pointTo(
  store: Pick<BlocklistStore, 'getUsers' | 'putUsers'>,
  { phoneNumberId, change }: Pick<Move, 'phoneNumberId' | 'change'>,
  { target, from, others }: PointedIds,
): Promise<void> {
  // The form by which the user was sent may be known only as an id that leads to the other one.
  const form = from === undefined ? undefined : otherForm(from);
  const own = [from, form].flatMap((id) => id ?? []);
  const wanted = [...new Set([...own, ...others])].filter((id) => id !== target);
  const stored = await store.getUsers(phoneNumberId, wanted, true);
  const writes = wanted.flatMap((id): MirrorWrite[] => {
    const prior = stored.get(id);
    if (id === form && prior === undefined && !others.includes(id)) return [];
    const item = mirrorUser(prior);
    if (item && (id !== from || isWanted(item))) return [];
    if (isAlias(prior) && prior.aliasOf !== from) return [];
    // A number that the user has left is somebody else's, but for another form of the one that they have.
    const isLeft = (id === from || isNumber(id)) && otherForm(id) !== target;
    const known: Partial<Alias> = isAlias(prior) ? prior : seenOf(item);
    const left = isLeft ? { isPreviousId: true, movedAt: known.movedAt ?? change.at } : {};
    return [
      {
        id,
        prior,
        next: { ...known, ...left, aliasOf: target, ends: undefined, revision: (prior?.revision ?? 0) + 1 },
      },
    ];
  });
  await store.putUsers(phoneNumberId, writes);
}

/** When Graph was last known to have the id unblocked: a refusal says nothing of that. */
function seenOf(item: MirrorUser | undefined): Pick<Alias, 'observedAt' | 'callDurationMs'> {
  return item?.state === 'unblocked' ? { observedAt: item.observedAt, callDurationMs: item.callDurationMs } : {};
}
