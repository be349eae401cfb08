import {
  type AttemptContext,
  isAfter,
  type ScheduledAction,
  type Transition,
  wantsAction,
} from '../changes/attempt-context.ts';
import type { OpenOperation } from '../changes/operation.ts';
import type { Action, UserOutcome } from '../changes/outcome.ts';
import { transition } from '../changes/transition.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import { changeAmong, latestEvents } from '../history/last-change.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { EXTERNAL_ACTOR, isAlias, type MirrorItem, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { otherForm } from '../users/number-forms.ts';
import { likelyCause, overlapSince } from './likely-cause.ts';
import type { ListSnapshot } from './list-snapshot.ts';
import type { OpenOperations } from './open-operations.ts';

export interface Correction {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'listMirror' | 'pageEvents' | 'putUsers' | 'putUsersWithEvents'>;
  readonly phoneNumberId: string;
  readonly reconciliationId: string;
  readonly snapshot: ListSnapshot;
  readonly open: OpenOperations;
}

/** A user who is on only one of the two lists, as just read again, by the key of the mirror item. */
export interface Candidate {
  readonly user: string;
  readonly prior: MirrorItem | undefined;
  readonly outcome: UserOutcome;
  /** The item under the other form of the number, if nothing is known of the user under the form that Graph lists. */
  readonly waiting?: MirrorUser | undefined;
}

/** Whether the snapshot says nothing about the user: they changed since it began, or are part of an operation in progress. */
export function isTouched({ snapshot, open }: Correction, { user, prior, outcome }: Candidate): boolean {
  if (isSeenSince(prior, snapshot.startedAt)) return true;
  const ids = candidateIds(user, mirrorUser(prior), outcome);
  return open.inProgress.some(({ ids: busy }) => ids.some((id) => busy.has(id)));
}

function isSeenSince(prior: MirrorItem | undefined, at: string): boolean {
  if (prior === undefined || (!isAlias(prior) && prior.state === 'unknown')) return false;
  const { observedAt, callDurationMs = 0 } = prior;
  return observedAt !== undefined && (observedAt >= at || isAfter(observedAt, callDurationMs, at));
}

/** Attributes the correction to an abandoned operation, or to somebody who did not ask this service. */
export async function attributeChange(
  correction: Correction,
  action: Action,
  candidate: Candidate,
): Promise<Transition> {
  const { store, phoneNumberId, snapshot, open, reconciliationId } = correction;
  const { user, prior, outcome, waiting } = candidate;
  const known = mirrorUser(prior);
  const observed = { observedAt: snapshot.startedAt, answeredAt: snapshot.endedAt };
  const names = candidateIds(user, known, outcome);
  const cause = likelyCause(open.abandoned, { action, ids: names, known });
  const context = cause && { ...cause, ...observed, scheduledAction: attributedAction(cause, known ?? waiting) };
  const own = context && transition({ user, prior: known, outcome, waiting }, context);
  if (own?.next && own.event) {
    const events = await latestEvents(store, phoneNumberId, user);
    const recordedChange = changeAmong(events);
    // It recorded its change before it was abandoned, and nothing was recorded since: to write the same event again changes
    // nothing.
    if (recordedChange?.operationId === cause?.operationId && recordedChange?.action === action)
      return { ...own, event: recordedChange };
    // If the last event is of somebody who had this id before, the item knows nothing of it, and the new event comes after
    // it. It also comes after the event which says that the operation failed, as its caller was told.
    const { at, operationId } = own.event;
    const isTaken = events.some((event) => event.at === at && event.operationId === operationId);
    const isLate = isTaken || (recordedChange !== undefined && recordedChange.at >= at);
    return isLate ? { ...own, event: { ...own.event, at: snapshot.startedAt } } : own;
  }
  const since = overlapSince(open.abandoned, { action, ids: names, known });
  const winner = since === undefined ? undefined : await lastOf(correction, { action, user, since });
  const repeated =
    winner && transition({ user, prior: known, outcome }, { ...winner, ...observed, action, startedAt: winner.at });
  if (repeated?.next && repeated.event) return repeated;
  const external: AttemptContext = {
    ...observed,
    action,
    operationId: reconciliationId,
    startedAt: snapshot.startedAt,
    source: 'external',
    actor: EXTERNAL_ACTOR,
  };
  return transition({ user, prior: known, outcome }, external);
}

/** The change in a conflict that Graph carried out last: it is recorded again, after the other one. */
async function lastOf(
  { store, phoneNumberId }: Correction,
  { action, user, since }: { readonly action: Action; readonly user: string; readonly since: string },
): Promise<AuditEvent | undefined> {
  const events = await latestEvents(store, phoneNumberId, user);
  return events.find((event) => event.outcome === 'succeeded' && event.action === action && event.at >= since);
}

/** What the mirror asked for keeps its source. The terms are those of the block that was deferred or ended. */
function attributedAction(
  { source, operationId, startedAt }: OpenOperation,
  known: MirrorUser | undefined,
): ScheduledAction | undefined {
  // An operation may have deferred a block that an earlier call of it had made.
  const isOwn = source === 'deferred' || source === 'webhook' || known?.operationId === operationId;
  if (known?.state === 'deferred' && isOwn) return 'deferral';
  return source === 'expiry' && wantsAction(known, 'expiry', startedAt) ? 'expiry' : undefined;
}

/** The ids by which an operation may know the user. */
export function candidateIds(user: string, known: MirrorUser | undefined, outcome: UserOutcome): string[] {
  const sent = known?.input.replace(/^\+/, '');
  const ids = [user, outcome.identity.id, outcome.waId, outcome.userId, known?.waId, known?.userId, sent].filter(
    (id) => id !== undefined,
  );
  // Graph may list a number in another form than it was sent, without ever having said so.
  return ids.flatMap((id) => [id, otherForm(id) ?? []].flat());
}
