import { TokenMissingError } from '../errors.ts';
import { type BlockDeferredDeps, blockDeferred } from './block-deferred.ts';
import { moveUser } from './move-user.ts';
import { untimely } from './news-age.ts';
import type { Delivery, NotFollowed } from './notice.ts';
import { protectNewIds } from './protect-new-ids.ts';

export interface ReceiveWebhookDeps extends BlockDeferredDeps {
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
        await protectNewIds(deps, change, forwarder);
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
