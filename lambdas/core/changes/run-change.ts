import { isoNow } from '../iso-time.ts';
import type { Clock } from '../ports/services.ts';
import type { UserStore } from '../ports/user-store.ts';
import { settleAll } from '../settle-all.ts';
import type { MirrorItem } from '../users/mirror.ts';
import { alreadyApplied } from './already-applied.ts';
import { askAndRead } from './ask-and-read.ts';
import type { Attempt, Ended } from './attempt.ts';
import { refuseIfFull, sizeBefore } from './capacity.ts';
import { complete, completeWithRecords, type End } from './complete.ts';
import { type Ask, converge } from './converge.ts';
import { type GuardDeps, guarded, unprotected } from './guard.ts';
import { asUncertain } from './outcome.ts';
import { recordOutcomes } from './record-outcomes.ts';

export interface RunChangeDeps {
  readonly store: UserStore;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Changes users at Graph. Every change takes this path: of a request, of a chunk of a job, of a schedule and of a webhook. Gives
 * one outcome for each user. Throws `GraphError` if Graph refuses the whole request; the operation then stays `started`.
 *
 * The worker may die after any line. The recovery points below say what is stored by then, and what a repeat does. A chunk is
 * repeated under the same operation (`resumed`). If a caller repeats a request, it has a new operation: the sweep then finds the
 * old one, and a reconciliation compares its users with Graph's list.
 *
 * - **started**: the operation is stored. It is unknown whether Graph was called. Graph accepts the same change twice, so a repeat
 *   calls it. If Graph now refuses a user, an earlier call may have changed them. Their outcome is then uncertain.
 * - **recorded**: the history is written, then the mirror, user by user. If a repeat finds its own operation in a mirror item, it
 *   adds no event and no count a second time, and the user has succeeded even if Graph now refuses them. If an event was written
 *   without the state, the repeat writes it again under the same key.
 * - **converged**: Graph's list matches the mirror. A repeat does not know that, and sends the users to Graph again.
 * - **completed**: the end of the operation and its counts are written, together and once. A repeat opens the operation again
 *   before it calls Graph: whatever Graph then does must be attributable to it. If it changes
 *   more mirror items, a reconciliation adds them to the counts.
 */
export async function runChange(
  deps: RunChangeDeps & Pick<GuardDeps, 'protectedIds'> & { readonly listLimit: number },
  attempt: Attempt,
  askGraph: Ask,
): Promise<Ended> {
  const { store, listLimit } = deps;
  const { operation, identities, listSize, resumed = false, scheduledAction, announce } = attempt;
  const { phoneNumberId, action } = operation;
  const ids = identities.map(({ id }) => id);
  const ask = guarded(deps, phoneNumberId, askGraph);

  const [size, sent] = await settleAll([
    listSize ?? sizeBefore(store, operation),
    action === 'block' ? unprotected(deps, identities) : identities,
    start(store, attempt),
  ]);
  // Recovery point: started.

  if (action === 'block' && sent.length > 0 && size >= listLimit) {
    refuseIfFull({ size, limit: listLimit }, sent, await store.getUsers(phoneNumberId, ids));
  }
  // A scheduled action needs a consistent read: mostly, a user who is no longer due is not written, so no optimistic lock would
  // detect a stale read.
  const consistent = resumed || scheduledAction !== undefined;
  const [answers, known] = await askAndRead(store, { ...attempt, consistent }, ask);
  const outcomes = resumed ? answers.map(asUncertain) : answers;

  const [ended] = await settleAll([
    recordAndComplete(deps, attempt, { end: { outcomes, announce }, known, ask }),
    // Only after Graph's answer: a mistyped number that Graph does not know must not be reconciled every hour.
    sent.length === 0 ? undefined : store.registerNumber(phoneNumberId, operation.startedAt),
  ]);
  return ended;
}

/** Ends an attempt whose users are not sent to Graph, or not again: `runChange` without the call to Graph. */
export async function failChange(deps: RunChangeDeps, attempt: Attempt, end: End): Promise<Ended> {
  const { operation, identities, resumed } = attempt;
  await start(deps.store, attempt);
  // Recovery point: started.
  const ids = identities.map(({ id }) => id);
  const known = await deps.store.getUsers(operation.phoneNumberId, ids, resumed);
  return recordAndComplete(deps, attempt, { end: { certain: 'failed', ...end }, known });
}

async function start(store: UserStore, { operation, resumed, isStarted }: Attempt): Promise<void> {
  if (resumed) return store.resumeOperation(operation);
  if (!isStarted) return store.startOperation(operation);
}

interface Answer {
  readonly end: End;
  readonly known: ReadonlyMap<string, MirrorItem>;
  /** Absent if Graph was not called: no user is then in conflict. */
  readonly ask?: Ask;
}

async function recordAndComplete(deps: RunChangeDeps, attempt: Attempt, { end, known, ask }: Answer): Promise<Ended> {
  const { store, clock } = deps;
  const {
    operation,
    observedAt,
    scheduledAction,
    isGivenUp,
    job,
    resumed,
    isAwaited,
    isRetried = () => false,
  } = attempt;
  const all = resumed ? await alreadyApplied(store, operation, end.outcomes) : end.outcomes;

  const context = { ...operation, scheduledAction, isGivenUp, job, observedAt, answeredAt: isoNow(clock) };
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

  // This comes before the operation is completed: until then, a reconciliation leaves these users alone.
  const { conflicts, delta } = recorded;
  const inConflict = conflicts.map(({ identity }) => identity);
  const failed = ask ? await converge(deps, { ...operation, ask }, inConflict) : new Set<string>();
  // Recovery point: converged.

  const conflicting = inConflict.filter(({ id }) => failed.has(id));
  await complete(deps, operation, { ...end, outcomes, delta, conflicting });
  // Recovery point: completed.

  // The mirror has the state of this operation for these users, and Graph's list may not.
  const own = conflicts.filter(({ identity, isOwn }) => isOwn && failed.has(identity.id));
  return { outcomes, unconverged: new Set(own.map(({ identity }) => identity.id)) };
}
