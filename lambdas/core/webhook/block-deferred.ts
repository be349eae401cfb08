import { LOGGED } from '../../contract/logged.ts';
import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import { GraphError } from '../errors.ts';
import { announceScheduled, type ScheduledEventDeps } from '../events/scheduled-event.ts';
import { inBatches } from '../in-batches.ts';
import { isoNow } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Log } from '../ports/services.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { logOf } from '../refusal-reasons.ts';
import { isExpired } from '../scheduled/end-deferrals.ts';
import { identityOf } from '../scheduled/number-run.ts';
import { isWanted, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { findUsers } from '../users/read-users.ts';
import type { Forwarder, NumberNotice } from './notice.ts';

export interface BlockDeferredDeps extends ChangeUsersDeps, Pick<ScheduledEventDeps, 'eventUsers'> {
  readonly store: BlocklistStore;
  readonly log: Log;
  readonly deferDays: number;
}

/** Blocks the senders whose block was deferred. Users who could not be blocked now are due at once. */
export async function blockDeferred(
  deps: BlockDeferredDeps,
  { phoneNumberId, senders }: NumberNotice,
  forwarder: Forwarder,
): Promise<{ blocked: number; waiting: number }> {
  const { store, clock } = deps;
  const now = isoNow(clock);
  // If a user is blocked or deferred under one form of their number, and unblocked under the other, the first counts.
  const known = await findUsers(store, { phoneNumberId, ids: [...new Set(senders)] }, isWanted);
  const waiting = new Map<string, MirrorUser>();
  for (const { user, stored, alias } of known.values()) {
    // A sender who writes from a previous number of the user is somebody else.
    const item = alias?.isPreviousId ? undefined : mirrorUser(stored);
    if (item?.state === 'deferred' && !isExpired(item, deps.deferDays, now)) waiting.set(user, item);
  }
  if (waiting.size === 0) return { blocked: 0, waiting: 0 };
  const sum = { blocked: 0, waiting: 0 };
  const users = [...waiting.values()];
  let sent = 0;
  try {
    const credentials = await deps.tokens.credentials(phoneNumberId);
    for (const batch of inBatches(users, credentials.batchLimit)) {
      const outcomes = await changeUsers(deps, {
        action: 'block',
        source: 'webhook',
        scheduledAction: 'deferral',
        announce: announceScheduled(deps),
        defer: true,
        ...forwarder,
        phoneNumberId,
        credentials,
        identities: batch.flatMap((user) => identityOf(user) ?? []),
      });
      sent += batch.length;
      const blocked = outcomes.filter(({ failure, deferral }) => !failure && !deferral).length;
      // The deferred block of a protected user has just ended.
      const ended = outcomes.filter(({ failure }) => failure?.blocklistCode).length;
      sum.blocked += blocked;
      sum.waiting += outcomes.length - blocked - ended;
    }
    return sum;
  } catch (error) {
    const open = users.slice(sent);
    // Graph's window is open for these users now, so the next run of the schedule must try them, however long they have
    // waited.
    await store.putUsers(
      phoneNumberId,
      open.map((user) => dueAt(user, now)),
    );
    if (!isLasting(error)) throw error;
    // A full list, for example. The same delivery again would not help, and the payload is correct.
    deps.log.error(LOGGED.scheduledActionFailed, { phone_number_id: phoneNumberId, ...logOf(error) });
    return { ...sum, waiting: sum.waiting + open.length };
  }
}

function isLasting(error: unknown): error is GraphError {
  return error instanceof GraphError && (error.kind === 'list_full' || error.kind === 'permanent');
}

function dueAt(prior: MirrorUser, now: string): MirrorWrite {
  const next = { ...prior, attempts: 0, nextAttemptAt: now, revision: prior.revision + 1 };
  return { id: prior.user, prior, next };
}
