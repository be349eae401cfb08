import { LOGGED } from '../../contract/logged.ts';
import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Log } from '../ports/services.ts';
import { logOf } from '../refusal-reasons.ts';
import { isExpired } from '../scheduled/end-deferrals.ts';
import { identityOf } from '../scheduled/number-run.ts';
import { isWanted, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import { findUsers } from '../users/read-users.ts';
import { moveUser } from './move-user.ts';
import { untimely } from './news-age.ts';
import type { Delivery, Forwarder, NotFollowed, NumberNotice } from './notice.ts';

export interface ReceiveWebhookDeps extends ChangeUsersDeps {
  readonly store: BlocklistStore;
  readonly log: Log;
  readonly deferDays: number;
  /** Whether users are followed to other ids, and blocks undone, without Meta's signature. */
  readonly trustUnsigned: boolean;
}

/** The result of a payload. `waiting`: deferred users whom Graph still does not allow to be blocked. */
export interface Received {
  readonly senders: number;
  readonly blocked: number;
  readonly waiting: number;
  readonly moved: number;
  /** Each kind once, with its number of occurrences. */
  readonly notFollowed: readonly (NotFollowed & { readonly count: number })[];
}

/**
 * Blocks the senders whose block was deferred, and follows users to their new number or id. The latter undoes blocks, so it
 * takes Meta's signature. The former takes none, since Graph itself knows whether they wrote.
 *
 * A stranger costs one read (a hundred are read in one call), or two if their number has another form. It is safe to repeat:
 * a user who is already blocked, or has moved, is found so. Throws the first error at the end, after all numbers were
 * processed. Users who could not be blocked now are due at once.
 */
export async function receiveWebhook(deps: ReceiveWebhookDeps, delivery: Delivery): Promise<Received> {
  const { forwarder, verdicts } = delivery;
  const sum = { senders: 0, blocked: 0, waiting: 0, moved: 0 };
  const notFollowed = [...delivery.notFollowed];
  const errors: unknown[] = [];
  for (const notice of delivery.numbers) {
    const { phoneNumberId } = notice;
    const verdict = verdicts.get(phoneNumberId) ?? 'not_signed';
    sum.senders += notice.senders.length;
    const tryTo = (work: () => Promise<void>) =>
      work().catch((error: unknown) => {
        // A repeated delivery would change nothing. The next reconciliation clears the deferred blocks.
        if (error instanceof TokenMissingError && error.isRetired)
          deps.log.info('a retired number is skipped', { phone_number_id: phoneNumberId });
        else errors.push(error);
      });
    // Moves come first, since a user may write from the number that the same payload announces. One that fails does not delay
    // the others.
    for (const change of notice.changes) {
      const { action, at } = change;
      const doubt = verdict === 'verified' || deps.trustUnsigned ? untimely(at, deps.clock.now()) : verdict;
      if (doubt) {
        notFollowed.push({ phoneNumberId, action, reason: doubt });
        continue;
      }
      await tryTo(async () => {
        const end = await moveUser(deps, { phoneNumberId, change, forwarder });
        if (end === 'moved') sum.moved += 1;
        else if (end !== 'unchanged') notFollowed.push({ phoneNumberId, action, reason: end });
      });
    }
    await tryTo(async () => {
      const { blocked, waiting } = await blockDeferred(deps, notice, forwarder);
      sum.blocked += blocked;
      sum.waiting += waiting;
    });
  }
  const kinds = notFollowedCounts(notFollowed);
  for (const { phoneNumberId, ...more } of kinds) {
    deps.log.error('identity change not followed', { phone_number_id: phoneNumberId, ...more });
  }
  if (errors.length > 0) throw errors[0];
  return { ...sum, notFollowed: kinds };
}

function notFollowedCounts(all: readonly NotFollowed[]): Received['notFollowed'] {
  const kinds = new Map<string, NotFollowed & { count: number }>();
  for (const { phoneNumberId, action, reason } of all) {
    const kind = [phoneNumberId, action, reason].join();
    kinds.set(kind, { phoneNumberId, action, reason, count: (kinds.get(kind)?.count ?? 0) + 1 });
  }
  return [...kinds.values()];
}

async function blockDeferred(
  deps: ReceiveWebhookDeps,
  { phoneNumberId, senders }: NumberNotice,
  forwarder: Forwarder,
): Promise<{ blocked: number; waiting: number }> {
  const { store, clock } = deps;
  const now = new Date(clock.now()).toISOString();
  // If a user is blocked or deferred under one form of their number, and unblocked under the other, the first counts.
  const known = await findUsers(store, phoneNumberId, [...new Set(senders)], isWanted);
  const waiting = new Map<string, MirrorUser>();
  for (const { user, stored, alias } of known.values()) {
    // A sender who writes from a previous number of the user is somebody else.
    const item = alias?.isPreviousId ? undefined : mirrorUser(stored);
    if (item?.state === 'deferred' && !isExpired(item, deps.deferDays, now)) waiting.set(user, item);
  }
  if (waiting.size === 0) return { blocked: 0, waiting: 0 };
  const sum = { blocked: 0, waiting: 0 };
  const open = [...waiting.values()];
  try {
    const credentials = await deps.tokens.credentials(phoneNumberId);
    while (open.length > 0) {
      const batch = open.slice(0, credentials.batchLimit);
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
      open.splice(0, batch.length);
      const blocked = outcomes.filter(({ failure, deferral }) => !failure && !deferral).length;
      sum.blocked += blocked;
      sum.waiting += outcomes.length - blocked;
    }
    return sum;
  } catch (error) {
    await scheduleNow(deps, phoneNumberId, open, now);
    if (!isLasting(error)) throw error;
    // A full list, for example. The same delivery again would not help, and the payload is correct.
    deps.log.error(LOGGED.scheduledActionFailed, { phone_number_id: phoneNumberId, ...logOf(error) });
    return { ...sum, waiting: sum.waiting + open.length };
  }
}

function isLasting(error: unknown): error is GraphError {
  return error instanceof GraphError && (error.kind === 'list_full' || error.kind === 'permanent');
}

/** Graph's window is open for these users now, so the next run of the schedule must try them, however long they have waited. */
async function scheduleNow(
  { store }: ReceiveWebhookDeps,
  phoneNumberId: string,
  users: readonly MirrorUser[],
  now: string,
): Promise<void> {
  // Another writer was first, and knows better.
  await store.putUsers(
    phoneNumberId,
    users.map((prior) => ({
      id: prior.user,
      prior,
      next: { ...prior, attempts: 0, nextAttemptAt: now, revision: prior.revision + 1 },
    })),
  );
}
