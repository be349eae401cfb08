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
  /** Whether other ids are followed, and blocks undone for it, without a signature of Meta's. */
  readonly trustUnsigned: boolean;
}

/** What came of a payload. `waiting`: deferred users whom Graph still did not let be blocked. */
export interface Received {
  readonly senders: number;
  readonly blocked: number;
  readonly waiting: number;
  readonly moved: number;
  /** Each kind once, with how often it came. */
  readonly notFollowed: readonly (NotFollowed & { readonly count: number })[];
}

/**
 * Blocks those senders whose block was deferred, and follows users to their new number or id: the latter, which undoes
 * blocks, only on Meta's word, and the former on anybody's, since Graph itself knows whether they wrote. Strangers cost one
 * read each, by the hundred, and two where their number has another form. Safe to repeat: whoever is blocked, or has moved, is
 * found so. Throws the first error at the end, after every number had its turn; users who could not be blocked now are due at
 * once.
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
        // Nothing comes of it, however often it is delivered; the next reconciliation forgets who waits.
        if (error instanceof TokenMissingError && error.isRetired)
          deps.log.info('a retired number is skipped', { phone_number_id: phoneNumberId });
        else errors.push(error);
      });
    // First: a user may write from the number that the same payload tells of. Whoever does not get on holds up nobody else.
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
  // Of a user who is wanted under the one form of their number, and unblocked under the other, the first counts.
  const known = await findUsers(store, phoneNumberId, [...new Set(senders)], isWanted);
  const waiting = new Map<string, MirrorUser>();
  for (const { user, stored, alias } of known.values()) {
    // Whoever writes from a number that the user had before is somebody else.
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
    // A list without room, say: the same delivery again would not help, and the payload is in order.
    deps.log.error(LOGGED.scheduledActionFailed, { phone_number_id: phoneNumberId, ...logOf(error) });
    return { ...sum, waiting: sum.waiting + open.length };
  }
}

function isLasting(error: unknown): error is GraphError {
  return error instanceof GraphError && (error.kind === 'list_full' || error.kind === 'permanent');
}

/** Graph's window is open for these users just now: the next run of the schedule is to try them, however long they waited. */
async function scheduleNow(
  { store }: ReceiveWebhookDeps,
  phoneNumberId: string,
  users: readonly MirrorUser[],
  now: string,
): Promise<void> {
  // Lost to another writer, who knows better.
  await store.putUsers(
    phoneNumberId,
    users.map((prior) => ({
      id: prior.user,
      prior,
      next: { ...prior, attempts: 0, nextAttemptAt: now, revision: prior.revision + 1 },
    })),
  );
}
