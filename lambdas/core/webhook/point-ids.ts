import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { type Alias, isAlias, isWanted, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { isNumber, otherForm } from '../users/number-forms.ts';
import { followingAlias } from '../users/read-users.ts';
import { otherWriters } from './move-event.ts';
import type { Move } from './notice.ts';

type Store = Pick<BlocklistStore, 'getUsers' | 'putUsers'>;
type NewsOf = Pick<Move, 'phoneNumberId' | 'change'>;

/** Attempts against other writers of the same ids. */
const MAX_ATTEMPTS = 5;

export interface PointedIds {
  /** The user that the ids shall lead to. */
  readonly target: string;
  /** The id that the user had until now. */
  readonly from?: string | undefined;
  /** Other ids of theirs, present or previous. */
  readonly others: readonly string[];
}

/**
 * Makes ids by which callers may still ask for the user lead to them. An id that is a user of its own stays one, and an id
 * that leads to somebody else stays as it is.
 */
export async function pointTo(store: Store, move: NewsOf, ids: PointedIds): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const lockConflicts = await store.putUsers(move.phoneNumberId, await pointers(store, move, ids));
    if (lockConflicts.length === 0) return;
  }
  throw otherWriters();
}

/** The ids that do not lead to the user yet, and may. */
async function pointers(
  store: Store,
  { phoneNumberId, change }: NewsOf,
  { target, from, others }: PointedIds,
): Promise<MirrorWrite[]> {
  const named = new Set([from, ...others].flatMap((id) => id ?? []));
  // The form by which a user was once sent may be known only as an id that leads to the other one.
  const forms = [...named].flatMap((id) => otherForm(id) ?? []);
  const wanted = [...new Set([...named, ...forms])].filter((id) => id !== target);
  const stored = await store.getUsers(phoneNumberId, wanted, true);
  return wanted.flatMap((id): MirrorWrite[] => {
    const prior = stored.get(id);
    if (prior === undefined && !named.has(id)) return [];
    const item = mirrorUser(prior);
    if (item && (id !== from || isWanted(item))) return [];
    // Perhaps by way of the id that the user had before Graph named them by `from`.
    if (isAlias(prior) && followingAlias(prior.aliasOf, stored.get(prior.aliasOf)) !== from) return [];
    const isLeft = isLeftBy(target, id, from);
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
}

/** A number that the user has left belongs to somebody else, unless it is another form of their present number. */
export function isLeftBy(target: string, id: string, from: string | undefined): boolean {
  return (id === from || isNumber(id)) && otherForm(id) !== target;
}

/** When the id was last known to be unblocked at Graph. A refusal says nothing about that. */
function seenOf(item: MirrorUser | undefined): Pick<Alias, 'observedAt' | 'callDurationMs'> {
  return item?.state === 'unblocked' ? { observedAt: item.observedAt, callDurationMs: item.callDurationMs } : {};
}
