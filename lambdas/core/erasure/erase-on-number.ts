import { DependencyError } from '../errors.ts';
import type { EventPlace } from '../history/audit-event.ts';
import { isoNow, isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { ErasedUser } from '../ports/erasure-store.ts';
import type { Clock } from '../ports/services.ts';
import { isAlias, isWanted, type MirrorItem, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import type { ErasedOnNumber, PersonOnNumber } from './person-on-number.ts';
import { hasNothingMore, isYoung, withoutPerson } from './standing.ts';

export interface EraseOnNumberDeps {
  readonly store: Pick<
    BlocklistStore,
    'completeOperation' | 'eraseEvents' | 'eraseUsers' | 'getUsers' | 'listEventPlaces' | 'startErasure'
  >;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: (now: number) => string;
}

/** Another writer may add to the records while they are erased. Then they are looked at again, this often in all. */
const MAX_ROUNDS = 4;

/** Erases a person on one number, and looks again until nothing is left. It is recorded there before anything goes. */
export async function eraseOnNumber(deps: EraseOnNumberDeps, person: PersonOnNumber): Promise<ErasedOnNumber> {
  const { store, clock } = deps;
  const { phoneNumberId, actor, onBehalfOf } = person;
  const sum = { events: 0, items: 0, aliases: 0, jobIds: new Set<string>() };
  let started: { readonly operationId: string; readonly startedAt: string } | undefined;
  for (let round = 1; ; round += 1) {
    const { ids, previousIds } = person;
    const stored = round === 1 ? person.stored : await store.getUsers(phoneNumberId, [...ids, ...previousIds], true);
    const found = await findRecords(deps, person, stored);
    const { writes, places, standingJobId, ...left } = found;
    if (standingJobId !== undefined) sum.jobIds.add(standingJobId);
    if (writes.length === 0 && places.length === 0) {
      if (started) {
        const durationMs = clock.now() - Date.parse(started.startedAt);
        await store.completeOperation({ ...started, phoneNumberId }, { ...ERASED, durationMs });
      }
      return { ...sum, ...left };
    }
    if (round > MAX_ROUNDS) throw new DependencyError('Other writers keep adding to the records of the user');
    if (!started) {
      started = { operationId: deps.newId(clock.now()), startedAt: isoNow(clock) };
      await store.startErasure({ ...started, phoneNumberId, actor, onBehalfOf });
    }
    // Items first: what another writer adds to a history on the way to an item is found in the next round.
    const erased = await store.eraseUsers(phoneNumberId, writes);
    await store.eraseEvents(phoneNumberId, places);
    const lockConflicts = new Set(erased.lockConflicts);
    for (const { id, prior, next } of writes) {
      if (lockConflicts.has(id)) continue;
      if (isAlias(prior)) sum.aliases += 1;
      else if (!next) sum.items += 1;
      const jobId = mirrorUser(prior)?.jobId;
      if (jobId !== undefined) sum.jobIds.add(jobId);
    }
    sum.events += places.length + erased.events;
    for (const { jobId } of places) if (jobId !== undefined) sum.jobIds.add(jobId);
  }
}

const ERASED = {
  status: 'finished',
  succeeded: 1,
  failed: 0,
  deferred: 0,
  delta: { size: 0, deferred: 0, expiring: 0 },
} as const;

interface Records extends Pick<ErasedOnNumber, 'standing' | 'isBusy' | 'isOthers'> {
  readonly writes: readonly ErasedUser[];
  readonly places: readonly EventPlace[];
  readonly standingJobId: string | undefined;
}

async function findRecords(
  { store }: EraseOnNumberDeps,
  person: PersonOnNumber,
  stored: ReadonlyMap<string, MirrorItem>,
): Promise<Records> {
  const { phoneNumberId, ids, previousIds } = person;
  const own = new Set(ids);
  const others = previousIds.flatMap((id) => mirrorUser(stored.get(id)) ?? []);
  const users = ids.flatMap((id) => mirrorUser(stored.get(id)) ?? []).filter(isWanted);
  // Graph may list a user whose block stands by either of their ids.
  const keptAliases = new Set(users.flatMap(({ userId }) => userId ?? []));
  const writes = [...stored].flatMap(([id, prior]) =>
    isAlias(prior) && keptAliases.has(id) ? [] : erasedUser(own, id, prior),
  );
  const young = new Set(writes.flatMap(({ id, prior, next }) => (!next && isYoung(prior, person.idleAt) ? [id] : [])));
  const standing = users.find(({ state }) => state === 'blocked') ?? users[0];
  const othersIds = new Set(others.map(({ user }) => user));
  const all = [...ids, ...previousIds].filter((id) => !othersIds.has(id) && !young.has(id));
  const places = [
    ...(await store.listEventPlaces(phoneNumberId, all)),
    ...(await earlierPlaces(store, phoneNumberId, others)),
  ];
  return {
    writes: writes.filter(({ id }) => !young.has(id)),
    places,
    standing: stateOf(standing),
    standingJobId: standing?.jobId,
    isBusy: young.size > 0,
    isOthers: others.length > 0,
  };
}

/** Of an id that belongs to somebody else now, the history until the person left it. */
async function earlierPlaces(
  store: EraseOnNumberDeps['store'],
  phoneNumberId: string,
  others: readonly MirrorUser[],
): Promise<EventPlace[]> {
  const until = new Map(others.map(({ user, movedAt }) => [user, movedAt ?? isoTime(0)]));
  const places = await store.listEventPlaces(phoneNumberId, [...until.keys()]);
  return places.filter(({ user, at }) => at <= (until.get(user) ?? ''));
}

function stateOf(user: MirrorUser | undefined): 'blocked' | 'deferred' | undefined {
  return user?.state === 'blocked' || user?.state === 'deferred' ? user.state : undefined;
}

/** An id that the person has, or that leads to them, goes; but for what a block that stands needs. */
function erasedUser(own: ReadonlySet<string>, id: string, prior: MirrorItem): ErasedUser[] {
  if (isAlias(prior)) return own.has(id) || own.has(prior.aliasOf) ? [{ id, prior }] : [];
  if (!own.has(id)) return [];
  if (!isWanted(prior)) return [{ id, prior }];
  return hasNothingMore(prior) ? [] : [{ id, prior, next: withoutPerson(prior) }];
}
