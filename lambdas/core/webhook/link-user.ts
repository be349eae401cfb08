import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock } from '../ports/services.ts';
import { isAlias, isWanted, type MirrorItem, type MirrorUser, MOST_PREVIOUS_IDS, mirrorUser } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import { moveEvent, otherWriters } from './move-event.ts';
import type { Move } from './notice.ts';
import { isLeftBy, pointTo } from './point-ids.ts';

export interface LinkDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'putUsers' | 'putUsersWithEvents'>;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
}

export interface Link {
  /** The user under the old id, before their block was carried over. */
  readonly was: MirrorUser;
  readonly target: string;
}

/** Attempts against other writers of the same user. */
const MAX_ATTEMPTS = 5;

/** Makes the old id lead to the new one, and moves its history there. False if the move is recorded already. */
export async function linkUser(deps: LinkDeps, move: Move, link: Link): Promise<boolean> {
  const { store, clock, newId } = deps;
  const { phoneNumberId, change } = move;
  const { was, target } = link;
  let from = was.user;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const nowMs = clock.now();
    const stored = await store.getUsers(phoneNumberId, [from, target], true);
    const prior = stored.get(target);
    const own = mirrorUser(prior);
    const remaining = stored.get(from);
    // Graph named the user by another id when it unblocked them.
    if (isAlias(remaining) && !remaining.isPreviousId && remaining.aliasOf !== target) {
      from = remaining.aliasOf;
      continue;
    }
    const source = leftOf(link, remaining, own);
    if (!source) return false;
    if (own?.previousIds?.includes(from) && own.movedAt === change.at) return false;
    const next = linked(move, link, { from, source, prior, at: isoTime(nowMs) });
    const event = moveEvent(move, {
      user: target,
      previous: from,
      at: isoTime(nowMs),
      operationId: newId(nowMs),
    });
    const lockConflicts = await store.putUsersWithEvents(phoneNumberId, [{ id: target, prior, next, event }]);
    if (lockConflicts.length > 0) continue;
    const named = [was, source].flatMap(({ user, userId, input }) => [user, userId, input.replace(/^\+/, '')]);
    const others = [...named, change.userId, ...(source.previousIds ?? [])];
    await pointTo(store, move, { target, from, others: others.flatMap((id) => id ?? []) });
    return true;
  }
  throw otherWriters();
}

/** What the old id has to pass on. */
function leftOf(
  { was, target }: Link,
  remaining: MirrorItem | undefined,
  own: MirrorUser | undefined,
): MirrorUser | undefined {
  // Graph answered for the old form of the number with the new one.
  if (isAlias(remaining))
    return remaining.aliasOf === target && remaining.isPreviousId !== true && own ? was : undefined;
  // The old number was blocked again meanwhile, perhaps as somebody else's. Such a state is not passed on.
  return remaining && !isWanted(remaining) ? remaining : undefined;
}

interface Linked {
  readonly from: string;
  readonly source: MirrorUser;
  /** The item under the new id. */
  readonly prior: MirrorItem | undefined;
  /** ISO 8601: now. */
  readonly at: string;
}

function linked({ change }: Move, { was, target }: Link, { from, source, prior, at }: Linked): MirrorUser {
  const own = mirrorUser(prior);
  const sameId = otherForm(was.user) === target ? source.userId : undefined;
  const userId = change.userId ?? own?.userId ?? sameId;
  const all = [from, was.user, source.userId, own?.userId, source.previousIds, own?.previousIds].flat();
  const current = new Set([undefined, target, userId]);
  const previousIds = [...new Set(all)]
    .flatMap((id) => (id === undefined || current.has(id) ? [] : [id]))
    .slice(0, MOST_PREVIOUS_IDS);
  const leaver = leaverOf(prior);
  const before: Readonly<Record<string, string>> = { ...source.leftAt, ...own?.leftAt };
  // Numbers that the user left now, perhaps for the second time, and those left before. An id that they have again is not left.
  const left = previousIds.flatMap((id) => {
    const when = id === from || id === was.user ? undefined : before[id];
    return when !== undefined || isLeftBy(target, id, from) ? [[id, when ?? at]] : [];
  });
  return {
    ...(own ?? { ...source, change: 'confirmed' }),
    user: target,
    waId: change.waId === undefined ? own?.waId : target,
    userId,
    blockedAt: own?.state === 'blocked' ? (was.blockedAt ?? own.blockedAt) : undefined,
    previousIds,
    leftAt: Object.fromEntries(left),
    movedAt: change.at,
    tookOver: own?.movedAt === change.at ? own.tookOver : undefined,
    // Who had the old id before had nothing of the new one. And a user who comes back to an id has left it to nobody.
    leftBy: leaver !== undefined && (current.has(leaver) || previousIds.includes(leaver)) ? undefined : leaver,
    revision: (prior?.revision ?? 0) + 1,
  };
}

/** The id that the user who had this one before has now, if they are known. */
function leaverOf(item: MirrorItem | undefined): string | undefined {
  if (!isAlias(item)) return item?.leftBy;
  return item.isPreviousId ? item.aliasOf : undefined;
}
