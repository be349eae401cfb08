import { DependencyError } from '../errors.ts';
import { isoNow } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock } from '../ports/services.ts';
import { isAlias, mirrorUser } from '../users/mirror.ts';
import { findRecords, type LeftIds, noteLeft } from './find-records.ts';
import type { ErasedOnNumber, PersonOnNumber } from './person-on-number.ts';

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
  const left: LeftIds = new Map();
  let started: { readonly operationId: string; readonly startedAt: string } | undefined;
  for (let round = 1; ; round += 1) {
    const { ids, previousIds } = person;
    const stored = round === 1 ? person.stored : await store.getUsers(phoneNumberId, [...ids, ...previousIds], true);
    noteLeft(left, person, stored);
    const found = await findRecords(store, person, { stored, left });
    const { writes, before, places, standingJobId, ...rest } = found;
    if (standingJobId !== undefined) sum.jobIds.add(standingJobId);
    const events = [...before, ...places];
    if (writes.length === 0 && events.length === 0) {
      if (started) {
        const durationMs = clock.now() - Date.parse(started.startedAt);
        await store.completeOperation({ ...started, phoneNumberId }, { ...ERASED, durationMs });
      }
      return { ...sum, ...rest };
    }
    if (round > MAX_ROUNDS) throw new DependencyError('Other writers keep adding to the records of the user');
    if (!started) {
      started = { operationId: deps.newId(clock.now()), startedAt: isoNow(clock) };
      await store.startErasure({ ...started, phoneNumberId, actor, onBehalfOf });
    }
    // Only the items tell which earlier ids the person had. Then the items: what another writer adds to a history on the way to
    // an item is found in the next round.
    await store.eraseEvents(phoneNumberId, before);
    const erased = await store.eraseUsers(phoneNumberId, writes);
    await store.eraseEvents(phoneNumberId, places);
    const lockConflicts = new Set(erased.lockConflicts);
    for (const { id, prior, next } of writes) {
      if (lockConflicts.has(id)) continue;
      if (isAlias(prior)) sum.aliases += next ? 0 : 1;
      else if (!mirrorUser(next)) sum.items += 1;
      const jobId = mirrorUser(prior)?.jobId;
      if (jobId !== undefined && ids.includes(id)) sum.jobIds.add(jobId);
    }
    sum.events += events.length + erased.events;
    for (const { jobId } of events) if (jobId !== undefined) sum.jobIds.add(jobId);
  }
}

const ERASED = {
  status: 'finished',
  succeeded: 1,
  failed: 0,
  deferred: 0,
  delta: { size: 0, deferred: 0, expiring: 0 },
} as const;
