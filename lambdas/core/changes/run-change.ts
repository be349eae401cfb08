import type { UserStore } from '../ports/blocklist-store.ts';
import type { Clock } from '../ports/services.ts';
import { settleAll } from '../settle-all.ts';
import type { Identity } from '../users/identity.ts';
import type { MirrorItem } from '../users/mirror.ts';
import { alreadyApplied } from './already-applied.ts';
import type { AttemptContext, ScheduledAction } from './attempt-context.ts';
import { refuseIfFull } from './capacity.ts';
import { complete, completeWithRecords, type End } from './complete.ts';
import { type Ask, converge } from './converge.ts';
import type { Operation } from './operation.ts';
import { inDoubt, type UserOutcome } from './outcome.ts';
import { recordOutcomes } from './record-outcomes.ts';

export interface RunChangeDeps {
  readonly store: UserStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** One try to carry an operation out. */
export interface Attempt {
  readonly operation: Operation;
  readonly identities: readonly Identity[];
  /** ISO 8601, before Graph is asked. */
  readonly observedAt: string;
  /** An earlier attempt stopped at some point: Graph may have carried it out, and a part of it may be recorded. */
  readonly resumed?: boolean | undefined;
  /** Set if the mirror itself asks, and nobody else. */
  readonly scheduledAction?: ScheduledAction | undefined;
  readonly isGivenUp?: AttemptContext['isGivenUp'];
  /** Whether a caller waits: then the records of a few users take one round trip, at twice the write units. */
  readonly isAwaited?: boolean | undefined;
  /** Users who are to be sent again in another attempt: their outcomes are not recorded. */
  readonly isRetried?: ((outcome: UserOutcome) => boolean) | undefined;
}

export interface Ended {
  /** One for each identity, in their order, as recorded. */
  readonly outcomes: readonly UserOutcome[];
  /** Ids of users for whom the mirror says what this operation wants, and Graph's list perhaps does not. */
  readonly unconverged: ReadonlySet<string>;
}

/**
 * The one way in which this service changes users at Graph: for a request, a chunk of a job, what is due, and a webhook. Gives
 * one outcome for each user; throws `GraphError` if Graph refuses them all, with the operation still started.
 *
 * The worker may die after any line. These are the recovery points, and what a repeat makes of each. A chunk is repeated under
 * its operation (`resumed`). A caller repeats a request under a new one: then the sweep finds the old one, and a reconciliation
 * compares its users with Graph's list.
 *
 * - **started**: the operation is there. Nobody knows whether Graph was asked, and it takes the same change twice: a repeat asks.
 *   A user whom it refuses now may have been changed before, and is in doubt.
 * - **recorded**: the history, then the mirror, user by user. A repeat sees its own operation on the mirror: it adds no event and
 *   no count a second time, and such a user has succeeded even if Graph refuses them now. An event without its state is written
 *   again, under the same key.
 * - **converged**: Graph has what the mirror says. A repeat asks Graph for its users anyway.
 * - **completed**: the end of the operation with its counts, together and once. What a repeat adds to the mirror after that is
 *   counted by a reconciliation.
 */
export async function runChange(
  deps: RunChangeDeps & { readonly listLimit: number },
  attempt: Attempt,
  ask: Ask,
): Promise<Ended> {
  const { store, listLimit } = deps;
  const { operation, identities, resumed = false, scheduledAction } = attempt;
  const { phoneNumberId, action } = operation;
  const ids = identities.map(({ id }) => id);

  const [summary] = await settleAll([store.getSummary(phoneNumberId), store.startOperation(operation)]);
  // Recovery point: started.

  const size = summary?.size ?? 0;
  if (action === 'block' && size >= listLimit) {
    refuseIfFull({ size, limit: listLimit }, identities, await store.getUsers(phoneNumberId, ids));
  }
  // What is known of the users is needed when Graph has answered, so it is read meanwhile. A user who is no longer due is not
  // written: no optimistic lock would find out that the read was behind.
  const [answers, known] = await settleAll([
    ask(action, identities),
    store.getUsers(phoneNumberId, ids, resumed || scheduledAction !== undefined),
  ]);
  const outcomes = resumed ? answers.map(inDoubt) : answers;

  const [ended] = await settleAll([
    recordAndComplete(deps, attempt, { end: { outcomes }, known, ask }),
    // Only now: a mistyped number that Graph does not know must not be asked about every hour.
    store.registerNumber(phoneNumberId, operation.startedAt),
  ]);
  return ended;
}

/** Ends an attempt whose users are not sent to Graph, or not any more: `runChange` without its question. */
export async function failChange(deps: RunChangeDeps, attempt: Attempt, end: End): Promise<Ended> {
  const { operation, identities, resumed } = attempt;
  await deps.store.startOperation(operation);
  // Recovery point: started.
  const ids = identities.map(({ id }) => id);
  const known = await deps.store.getUsers(operation.phoneNumberId, ids, resumed);
  return recordAndComplete(deps, attempt, { end: { certain: 'failed', ...end }, known });
}

interface Answer {
  readonly end: End;
  readonly known: ReadonlyMap<string, MirrorItem>;
  /** Absent if Graph was not asked: then nobody is in conflict. */
  readonly ask?: Ask;
}

async function recordAndComplete(deps: RunChangeDeps, attempt: Attempt, { end, known, ask }: Answer): Promise<Ended> {
  const { store, clock } = deps;
  const { operation, observedAt, scheduledAction, isGivenUp, resumed, isAwaited, isRetried = () => false } = attempt;
  const all = resumed ? await alreadyApplied(store, operation, end.outcomes) : end.outcomes;

  const context = {
    ...operation,
    scheduledAction,
    isGivenUp,
    observedAt,
    answeredAt: new Date(clock.now()).toISOString(),
  };
  const recorded = await recordOutcomes(store, context, {
    answered: all.filter((outcome) => !isRetried(outcome)),
    known,
    completeWith: isAwaited
      ? (few, records) => completeWithRecords(deps, operation, { end: { ...end, ...few }, records })
      : undefined,
  });
  const byId = new Map(recorded.outcomes.map((outcome) => [outcome.identity.id, outcome]));
  const outcomes = all.map((outcome) => byId.get(outcome.identity.id) ?? outcome);
  if (recorded.isCompleted) return { outcomes, unconverged: new Set() };
  // Recovery point: recorded.

  // Within the operation, so that a reconciliation leaves these users alone.
  const { conflicts, delta } = recorded;
  const met = conflicts.map(({ identity }) => identity);
  const failed = ask ? await converge(deps, { ...operation, ask }, met) : new Set<string>();
  // Recovery point: converged.

  await complete(deps, operation, { ...end, outcomes, delta, conflicting: met.filter(({ id }) => failed.has(id)) });
  // Recovery point: completed.

  const own = conflicts.filter(({ identity, isOwn }) => isOwn && failed.has(identity.id));
  return { outcomes, unconverged: new Set(own.map(({ identity }) => identity.id)) };
}
