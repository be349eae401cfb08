import { TokenMissingError } from '../errors.ts';
import { type BlockDeferredDeps, blockDeferred } from './block-deferred.ts';
import { moveUser } from './move-user.ts';
import { untimely } from './news-age.ts';
import type { Delivery, NotFollowed } from './notice.ts';

export interface ReceiveWebhookDeps extends BlockDeferredDeps {
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
          deps.log.info('a retired number is left alone', { phone_number_id: phoneNumberId });
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
