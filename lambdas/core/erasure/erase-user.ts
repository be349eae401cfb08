import type { ChangeUsersDeps } from '../changes/change-users.ts';
import { EVERY_NUMBER } from '../ids.ts';
import { isoNow } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import { protectedUsersOf, withForms } from '../protection/protected-user.ts';
import type { Caller } from '../users/asked.ts';
import { numbersInUse } from '../users/numbers-in-use.ts';
import { busyNumbers } from './busy-numbers.ts';
import { eraseOnNumber } from './erase-on-number.ts';
import { findPerson } from './person.ts';
import type { ErasedOnNumber } from './person-on-number.ts';
import { type KeptDays, type Receipt, receiptOf } from './receipt.ts';
import { inStages } from './stages.ts';
import { unblockEverywhere } from './unblock-everywhere.ts';

export interface EraseUserDeps extends ChangeUsersDeps, KeptDays {
  readonly store: BlocklistStore;
  readonly jobs: JobStore;
  /** Milliseconds after which no further number is begun, since a caller waits. */
  readonly budgetMs: number;
}

export interface EraseUserRequest extends Caller {
  /** Any id of the person. */
  readonly id: string;
  /** Numbers, in use or not; absent for all that are in use. */
  readonly phoneNumberIds?: readonly string[] | undefined;
  /** Whether the person is unblocked first, so that no block has to stand. */
  readonly unblock: boolean;
}

/** Not everything is erased yet, and what is done is kept: send the request again. */
export interface Unfinished {
  readonly kind: 'unfinished';
  readonly message: string;
  readonly retryAfterSeconds: number;
}

export type EraseUserEnd = { readonly kind: 'erased'; readonly receipt: Receipt } | Unfinished;

/** Numbers that are worked on at once. */
const NUMBERS_AT_ONCE = 16;
const RETRY_SOON_SECONDS = 1;
/** An operation ends in seconds, or its number is reconciled within 20 minutes. */
const RETRY_BUSY_SECONDS = 60;

/**
 * Erases what is stored about a person under each of their ids. A block that stands keeps what it needs. It can be repeated at
 * any time: what is gone is not found again.
 */
export async function eraseUser(deps: EraseUserDeps, request: EraseUserRequest): Promise<EraseUserEnd> {
  const { store, clock } = deps;
  const untilMs = clock.now() + deps.budgetMs;
  const phoneNumberIds = request.phoneNumberIds ?? (await numbersInUse(store));
  const person = await findPerson(store, { id: request.id, phoneNumberIds });
  const { ids, previousIds } = person;

  const refusals = request.unblock ? await unblockEverywhere(deps, request, { person, untilMs }) : new Map();
  const idleAt = isoNow(clock);
  const busy = new Set(await busyNumbers(deps, person));
  const numbers = new Map<string, ErasedOnNumber>();
  const { actor, onBehalfOf } = request;
  const wanted = new Map(phoneNumberIds.map((phoneNumberId) => [phoneNumberId, [...ids, ...previousIds]]));
  const items = await store.getUsersOfNumbers(wanted, true);
  for (const stage of inStages(phoneNumberIds, { id: request.id, ids }, items)) {
    const idle = stage.filter((phoneNumberId) => !busy.has(phoneNumberId));
    await mapConcurrent(idle, NUMBERS_AT_ONCE, async (phoneNumberId) => {
      if (clock.now() >= untilMs) return;
      const stored = items.get(phoneNumberId) ?? new Map();
      const person = { phoneNumberId, ids, previousIds, idleAt, stored, actor, onBehalfOf };
      const erased = await eraseOnNumber(deps, person);
      numbers.set(phoneNumberId, erased);
      if (erased.isBusy) busy.add(phoneNumberId);
    });
    if (idle.some((phoneNumberId) => !numbers.has(phoneNumberId)))
      return outOfTime(phoneNumberIds.filter((one) => !numbers.has(one)).length);
    if (stage.some((phoneNumberId) => busy.has(phoneNumberId))) return stillBusy([...busy].sort());
  }

  // One that began meanwhile may have read what is gone, and write it again.
  for (const phoneNumberId of await busyNumbers(deps, person)) busy.add(phoneNumberId);
  if (busy.size > 0) return stillBusy([...busy].sort());
  const areNamed = request.phoneNumberIds !== undefined;
  const isProtected = protectedUsersOf(await store.listProtected(), withForms(ids)).length > 0;
  const isOthers = [...numbers.values()].some((one) => one.isOthers);
  const everyId = isOthers ? ids : [...ids, ...previousIds];
  const everyNumber = areNamed || isProtected ? 0 : await eraseEveryNumber(store, everyId);
  const waitingEvents = await store.eraseFromEvents(everyId);
  const erased = { numbers, refusals, everyNumber, waitingEvents, isProtected, areNamed, nowMs: clock.now() };
  return { kind: 'erased', receipt: await receiptOf(deps, erased) };
}

/** What concerns every number: the history of a protection that has ended. */
async function eraseEveryNumber(store: BlocklistStore, ids: readonly string[]): Promise<number> {
  const places = await store.listEventPlaces(EVERY_NUMBER, ids);
  await store.eraseEvents(EVERY_NUMBER, places);
  return places.length;
}

function outOfTime(left: number): Unfinished {
  const message = `Time ran out before all numbers were looked at (left: ${left}); what was erased stays erased. Send the request again, or send phone_number_ids in parts`;
  return { kind: 'unfinished', message, retryAfterSeconds: RETRY_SOON_SECONDS };
}

function stillBusy(numbers: readonly string[]): Unfinished {
  const [first] = numbers;
  const where = numbers.length === 1 ? first : `${first} and ${numbers.length - 1} more`;
  const message = `An operation on this user has not ended for certain on phone_number_id ${where}; what was erased stays erased. Send the request again`;
  return { kind: 'unfinished', message, retryAfterSeconds: RETRY_BUSY_SECONDS };
}
