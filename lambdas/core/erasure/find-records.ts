import type { EventPlace } from '../history/audit-event.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { ErasedUser } from '../ports/erasure-store.ts';
import { isAlias, isWanted, type MirrorItem, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import type { ErasedOnNumber, PersonOnNumber } from './person-on-number.ts';
import { isOfMover } from './stages.ts';
import { hasNothingMore, isYoung, leftToMover, withoutPerson } from './standing.ts';

/** Moments before and after every other. */
const NEVER = '';
const EVER = '9999';

/** What is to be erased on one number, and what is left there. */
export interface Records extends Pick<ErasedOnNumber, 'standing' | 'isBusy' | 'isOthers' | 'hasMover'> {
  readonly writes: readonly ErasedUser[];
  /** Events under ids that the person had before. */
  readonly before: readonly EventPlace[];
  readonly places: readonly EventPlace[];
  readonly standingJobId: string | undefined;
}

/** Ids that this number knows the person to have had before, and until when (ISO 8601) if it knows that. */
export type LeftIds = Map<string, string | undefined>;

/** Adds what the person's items and aliases say, which are gone after the first round. */
export function noteLeft(left: LeftIds, { ids }: PersonOnNumber, stored: ReadonlyMap<string, MirrorItem>): void {
  for (const id of ids) {
    const user = mirrorUser(stored.get(id));
    for (const before of user?.previousIds ?? []) left.set(before, user?.leftAt?.[before] ?? left.get(before));
  }
  for (const [id, item] of stored) {
    if (isAlias(item) && item.isPreviousId && ids.includes(item.aliasOf) && !left.has(id)) left.set(id, undefined);
  }
}

/** Until when events under an id are the person's. Where no move is known, an earlier id may be somebody else's. */
function untilWhen(left: LeftIds, id: string, stored: MirrorItem | undefined): string {
  if (!left.has(id)) return NEVER;
  return left.get(id) ?? (isAlias(stored) || stored === undefined ? EVER : (stored.movedAt ?? NEVER));
}

/** Finds what is stored about the person on the number, under the ids that they have and had there. */
export async function findRecords(
  store: Pick<BlocklistStore, 'listEventPlaces'>,
  person: PersonOnNumber,
  { stored, left }: { readonly stored: ReadonlyMap<string, MirrorItem>; readonly left: LeftIds },
): Promise<Records> {
  const { phoneNumberId, ids, previousIds } = person;
  const own = new Set(ids);
  const users = ids.flatMap((id) => mirrorUser(stored.get(id)) ?? []).filter(isWanted);
  // Graph may list a user whose block stands by either of their ids.
  const keptAliases = new Set(users.flatMap(({ userId }) => userId ?? []));
  const writes = [...stored].flatMap(([id, prior]) =>
    isAlias(prior) && keptAliases.has(id) ? [] : erasedUser({ own, left }, id, prior),
  );
  const young = new Set(
    writes.flatMap(({ id, prior, next }) => (!mirrorUser(next) && isYoung(prior, person.idleAt) ? [id] : [])),
  );
  const standing = users.find(({ state }) => state === 'blocked') ?? users[0];
  const isOwn = ({ user, at }: EventPlace) => at <= untilWhen(left, user, stored.get(user));
  const before = await store.listEventPlaces(phoneNumberId, previousIds);
  return {
    writes: writes.filter(({ id }) => !young.has(id)),
    before: before.filter((place) => isOwn(place) && !young.has(place.user)),
    places: await store.listEventPlaces(
      phoneNumberId,
      ids.filter((id) => !young.has(id)),
    ),
    standing: stateOf(standing),
    standingJobId: standing?.jobId,
    isBusy: young.size > 0,
    isOthers: previousIds.some((id) => mirrorUser(stored.get(id))) || !before.every(isOwn),
    hasMover: [...stored].some(([id, item]) => isOfMover(own, id, item) || wasLeftByAnother(own, id, item)),
  };
}

function stateOf(user: MirrorUser | undefined): 'blocked' | 'deferred' | undefined {
  return user?.state === 'blocked' || user?.state === 'deferred' ? user.state : undefined;
}

/** Ids that the person has, and those that they had there. */
interface Known {
  readonly own: ReadonlySet<string>;
  readonly left: LeftIds;
}

/** Whether somebody else had the id before the person. If they left it themselves and came back, the item says so no more. */
function wasLeftByAnother(own: ReadonlySet<string>, id: string, stored: MirrorItem): boolean {
  const leftBy = mirrorUser(stored)?.leftBy;
  return own.has(id) && leftBy !== undefined && !own.has(leftBy);
}

/**
 * An id that the person has, or that leads to them, goes; but for what a block that stands needs. The next owner of a number
 * stays, and does not lead to the person any more. An id that somebody else had before leads to them again: otherwise nobody
 * would know who still names it.
 */
function erasedUser({ own, left }: Known, id: string, prior: MirrorItem): ErasedUser[] {
  const revision = prior.revision + 1;
  if (isAlias(prior)) {
    if (!isOfMover(own, id, prior)) return own.has(id) || own.has(prior.aliasOf) ? [{ id, prior }] : [];
    return prior.hadNextOwner ? [] : [{ id, prior, next: { ...prior, hadNextOwner: true, revision } }];
  }
  const leadsHere = prior.leftBy !== undefined && (own.has(prior.leftBy) || left.has(prior.leftBy));
  const unled = leadsHere ? { ...prior, leftBy: undefined } : prior;
  if (!own.has(id)) return leadsHere ? [{ id, prior, next: { ...unled, revision } }] : [];
  if (!isWanted(prior)) return [{ id, prior, next: leftToMover(unled) }];
  return hasNothingMore(unled) && !leadsHere ? [] : [{ id, prior, next: withoutPerson(unled) }];
}
