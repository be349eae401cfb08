import { changeAmong, latestEvents } from '../blocklist/last-change.ts';
import {
  type AuditEvent,
  EXTERNAL_ACTOR,
  isAlias,
  type MirrorUser,
  mirrorUser,
  type Stored,
} from '../blocklist/mirror.ts';
import { otherForm } from '../blocklist/number-forms.ts';
import type { OpenOperation } from '../blocklist/operation.ts';
import type { Action, UserOutcome } from '../blocklist/outcome.ts';
import { type Due, isAfter, isDue, type Pass, type Transition } from '../blocklist/pass.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { transition } from '../blocklist/transition.ts';
import { isContested, likelyCause } from './likely-cause.ts';
import type { OpenOperations } from './open-operations.ts';
import type { Scan } from './scan-list.ts';

export interface Correction {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'listMirror' | 'pageEvents' | 'putUsers' | 'putUsersWithEvents'>;
  readonly phoneNumberId: string;
  readonly reconciliationId: string;
  readonly scan: Scan;
  readonly open: OpenOperations;
}

/** A user who is on one of the two lists only, as read again just now, by the key of the mirror. */
export interface Candidate {
  readonly user: string;
  readonly prior: Stored | undefined;
  readonly outcome: UserOutcome;
  /** What stands under the other form of the number, where nothing is known of the user under the one that Graph lists. */
  readonly waiting?: MirrorUser | undefined;
}

/** Whether the scan knows nothing of the user: touched since it began, or part of an operation that is under way. */
export function isTouched({ scan, open }: Correction, { user, prior, outcome }: Candidate): boolean {
  if (isSeenSince(prior, scan.startedAt)) return true;
  const ids = namesOf(user, mirrorUser(prior), outcome);
  return open.underWay.some(({ ids: busy }) => ids.some((id) => busy.has(id)));
}

function isSeenSince(prior: Stored | undefined, at: string): boolean {
  if (prior === undefined || (!isAlias(prior) && prior.state === 'unknown')) return false;
  const { observedAt, callMs = 0 } = prior;
  return observedAt !== undefined && (observedAt >= at || isAfter(observedAt, callMs, at));
}

/** The correction as the doing of an abandoned operation, or of somebody who did not ask this service. */
export async function explain(correction: Correction, action: Action, candidate: Candidate): Promise<Transition> {
  const { store, phoneNumberId, scan, open, reconciliationId } = correction;
  const { user, prior, outcome, waiting } = candidate;
  const known = mirrorUser(prior);
  const observed = { observedAt: scan.startedAt, answeredAt: scan.endedAt };
  const names = namesOf(user, known, outcome);
  const cause = likelyCause(open.abandoned, action, names, known);
  const pass = cause && { ...cause, ...observed, due: dueOf(cause, known ?? waiting) };
  const own = pass && transition({ user, prior: known, outcome, waiting }, pass);
  if (own?.next && own.event) {
    const events = await latestEvents(store, phoneNumberId, user);
    const told = changeAmong(events);
    // It told its change before it was abandoned, and nothing was told since: the same line once more changes nothing.
    if (told?.operationId === cause?.operationId && told?.action === action) return { ...own, event: told };
    // Where what was told last is of somebody who had this id before, the item knows nothing of it, and the line comes after;
    // and after the one which says that the operation failed, as its caller was told.
    const { at, operationId } = own.event;
    const isTaken = events.some((event) => event.at === at && event.operationId === operationId);
    const isLate = isTaken || (told !== undefined && told.at >= at);
    return isLate ? { ...own, event: { ...own.event, at: scan.startedAt } } : own;
  }
  const winner = isContested(open.abandoned, action, names, known) ? await lastOf(correction, action, user) : undefined;
  const again =
    winner && transition({ user, prior: known, outcome }, { ...winner, ...observed, action, startedAt: winner.at });
  if (again?.next && again.event) return again;
  const external: Pass = {
    ...observed,
    action,
    operationId: reconciliationId,
    startedAt: scan.startedAt,
    source: 'external',
    actor: EXTERNAL_ACTOR,
  };
  return transition({ user, prior: known, outcome }, external);
}

/** The change that another one overlapped with, and that Graph then carried out last: it is told again, after the other. */
async function lastOf(
  { store, phoneNumberId }: Correction,
  action: Action,
  user: string,
): Promise<AuditEvent | undefined> {
  const events = await latestEvents(store, phoneNumberId, user);
  return events.find((event) => event.outcome === 'succeeded' && event.action === action);
}

/** What the mirror asked for at its time is still its own doing: the terms are those of the block that waited, or ended. */
function dueOf({ source, operationId, startedAt }: OpenOperation, known: MirrorUser | undefined): Due | undefined {
  // An operation may have deferred a block that an earlier call of it had made.
  const isOwn = source === 'deferred' || source === 'webhook' || known?.operationId === operationId;
  if (known?.state === 'deferred' && isOwn) return 'deferral';
  return source === 'expiry' && isDue(known, 'expiry', startedAt) ? 'expiry' : undefined;
}

/** Ids under which an operation may have the user. */
export function namesOf(user: string, known: MirrorUser | undefined, outcome: UserOutcome): string[] {
  const sent = known?.input.replace(/^\+/, '');
  const ids = [user, outcome.identity.id, outcome.waId, outcome.userId, known?.waId, known?.userId, sent].filter(
    (id) => id !== undefined,
  );
  // Graph may list a number in another form than it was sent, and never have said so.
  return ids.flatMap((id) => [id, otherForm(id) ?? []].flat());
}
