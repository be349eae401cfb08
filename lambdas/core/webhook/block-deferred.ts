import { LOGGED } from '../../contract/logged.ts';
import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import { GraphError } from '../errors.ts';
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

export interface BlockDeferredDeps extends ChangeUsersDeps {
  readonly store: BlocklistStore;
  readonly log: Log;
  readonly deferDays: number;
}

/** Blocks those senders whose block was deferred. Users who could not be blocked now are due at once. */
export async function blockDeferred(
  deps: BlockDeferredDeps,
  { phoneNumberId, senders }: NumberNotice,
  forwarder: Forwarder,
): Promise<{ blocked: number; waiting: number }> {
  const { store, clock } = deps;
  const now = isoNow(clock);
  // Of a user who is wanted under the one form of their number, and unblocked under the other, the first counts.
  const known = await findUsers(store, { phoneNumberId, ids: [...new Set(senders)] }, isWanted);
  const waiting = new Map<string, MirrorUser>();
  for (const { user, stored, alias } of known.values()) {
    // Whoever writes from a number that the user had before is somebody else.
    const item = alias?.retired ? undefined : mirrorUser(stored);
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
        defer: true,
        ...forwarder,
        phoneNumberId,
        credentials,
        identities: batch.flatMap((user) => identityOf(user) ?? []),
      });
      sent += batch.length;
      const blocked = outcomes.filter(({ failure, deferral }) => !failure && !deferral).length;
      sum.blocked += blocked;
      sum.waiting += outcomes.length - blocked;
    }
    return sum;
  } catch (error) {
    const open = users.slice(sent);
    // Graph's window is open for these users just now: the next run of the schedule is to try them, however long they waited.
    // What is lost to another writer stays: that one knows better.
    await store.putUsers(
      phoneNumberId,
      open.map((user) => dueAt(user, now)),
    );
    if (!isLasting(error)) throw error;
    // A list without room, say: the same delivery again would not help, and the payload is in order.
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
