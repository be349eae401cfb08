import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { EVERY_NUMBER } from '../ids.ts';
import { inBatches } from '../in-batches.ts';
import { isoNow, isoTime } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import { protectedUsersOf, withForms } from '../protection/protected-user.ts';
import { findOpenOperations } from '../reconciliation/open-operations.ts';
import type { Caller } from '../users/asked.ts';
import { type Everywhere, presentIds } from '../users/find-everywhere.ts';
import { parseIdentity } from '../users/identity.ts';
import { isWanted } from '../users/mirror.ts';
import { numbersInUse } from '../users/numbers-in-use.ts';
import { type ErasedOnNumber, eraseOnNumber } from './erase-on-number.ts';
import { findPerson } from './person.ts';
import { type KeptDays, type Receipt, receiptOf } from './receipt.ts';

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
/** Most of them know nothing of the user, and are told apart by few calls. */
const NUMBERS_READ_TOGETHER = 100;
const RETRY_SOON_SECONDS = 1;
/** An operation ends in seconds, or its number is reconciled within 20 minutes. */
const RETRY_BUSY_SECONDS = 60;
/** No operation is due later. */
const EVER = isoTime(Date.parse('9999-12-31T00:00:00.000Z'));

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
  const idle = phoneNumberIds.filter((phoneNumberId) => !busy.has(phoneNumberId));
  const { actor, onBehalfOf } = request;
  for (const some of inBatches(idle, NUMBERS_READ_TOGETHER)) {
    if (clock.now() >= untilMs) break;
    const wanted = new Map(some.map((phoneNumberId) => [phoneNumberId, [...ids, ...previousIds]]));
    const items = await store.getUsersOfNumbers(wanted, true);
    await mapConcurrent(some, NUMBERS_AT_ONCE, async (phoneNumberId) => {
      if (clock.now() >= untilMs) return;
      const stored = items.get(phoneNumberId) ?? new Map();
      const person = { phoneNumberId, ids, previousIds, idleAt, stored, actor, onBehalfOf };
      const erased = await eraseOnNumber(deps, person);
      numbers.set(phoneNumberId, erased);
      if (erased.isBusy) busy.add(phoneNumberId);
    });
  }
  if (numbers.size < idle.length) return outOfTime(idle.length - numbers.size);

  // One that began meanwhile may have read what is gone, and write it again.
  for (const phoneNumberId of await busyNumbers(deps, person)) busy.add(phoneNumberId);
  if (busy.size > 0) return stillBusy([...busy].sort());
  const areNamed = request.phoneNumberIds !== undefined;
  const isProtected = protectedUsersOf(await store.listProtected(), withForms(ids)).length > 0;
  const isOthers = [...numbers.values()].some((one) => one.isOthers);
  const everyId = isOthers ? ids : [...ids, ...previousIds];
  const everyNumber = areNamed || isProtected ? 0 : await eraseEveryNumber(store, everyId);
  const erased = { numbers, refusals, everyNumber, isProtected, areNamed, nowMs: clock.now() };
  return { kind: 'erased', receipt: await receiptOf(deps, erased) };
}

/** What concerns every number: the history of a protection that has ended. */
async function eraseEveryNumber(store: BlocklistStore, ids: readonly string[]): Promise<number> {
  const places = await store.listEventPlaces(EVERY_NUMBER, ids);
  await store.eraseEvents(EVERY_NUMBER, places);
  return places.length;
}

/** Gives the code of the refusal for each number on which Graph does not unblock the user. The others are erased all the same. */
async function unblockEverywhere(
  deps: EraseUserDeps,
  { actor, onBehalfOf }: EraseUserRequest,
  { person, untilMs }: { readonly person: Everywhere; readonly untilMs: number },
): Promise<Map<string, number>> {
  const refusals = new Map<string, number>();
  await mapConcurrent(person.rows, NUMBERS_AT_ONCE, async ({ phoneNumberId, user }) => {
    if (!user || !isWanted(user) || deps.clock.now() >= untilMs) return;
    const policy = { ...deps.policy, budgetMs: Math.min(deps.policy.budgetMs, untilMs - deps.clock.now()) };
    try {
      const credentials = await deps.tokens.credentials(phoneNumberId);
      const identities = [parseIdentity(user.user) ?? []].flat();
      const change = { action: 'unblock', phoneNumberId, credentials, identities, actor, onBehalfOf } as const;
      const [outcome] = await changeUsers({ ...deps, policy }, change);
      if (outcome?.failure) refusals.set(phoneNumberId, outcome.failure.code);
    } catch (error) {
      if (error instanceof GraphError) refusals.set(phoneNumberId, error.code);
      else if (error instanceof TokenMissingError) refusals.set(phoneNumberId, GRAPH_CODE.accessTokenInvalid);
      else throw error;
    }
  });
  return refusals;
}

/** Numbers with an operation on the person that has no certain end: it has their ids, or its worker may still write. */
async function busyNumbers(deps: EraseUserDeps, { rows, ids, previousIds }: Everywhere): Promise<string[]> {
  const { phoneNumberIds: open } = await deps.store.listOverdueOperations(EVER);
  const asked = new Set(rows.map(({ phoneNumberId }) => phoneNumberId));
  const own = new Set([...ids, ...previousIds, ...rows.flatMap(({ user }) => presentIds(user))]);
  const busy: string[] = [];
  await mapConcurrent(
    open.filter((phoneNumberId) => asked.has(phoneNumberId)),
    NUMBERS_AT_ONCE,
    async (phoneNumberId) => {
      const { inProgress, abandoned } = await findOpenOperations(deps, phoneNumberId, deps.clock.now());
      if ([...inProgress, ...abandoned].some((operation) => !operation.ids.isDisjointFrom(own)))
        busy.push(phoneNumberId);
    },
  );
  return busy;
}

function outOfTime(left: number): Unfinished {
  const message = `Time ran out before ${left} numbers were looked at; what was erased stays erased. Send the request again, or send phone_number_ids in parts`;
  return { kind: 'unfinished', message, retryAfterSeconds: RETRY_SOON_SECONDS };
}

function stillBusy(numbers: readonly string[]): Unfinished {
  const [first] = numbers;
  const where = numbers.length === 1 ? first : `${first} and ${numbers.length - 1} more`;
  const message = `An operation on this user has not ended for certain on phone_number_id ${where}; what was erased stays erased. Send the request again`;
  return { kind: 'unfinished', message, retryAfterSeconds: RETRY_BUSY_SECONDS };
}
