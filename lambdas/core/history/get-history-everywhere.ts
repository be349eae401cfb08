import { EVERY_NUMBER } from '../ids.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { type AskedEverywhere, presentIds } from '../users/find-everywhere.ts';
import { findMeant } from '../users/find-meant.ts';
import { otherForm } from '../users/number-forms.ts';
import { numbersInUse } from '../users/numbers-in-use.ts';
import type { NumberEvent } from './audit-event.ts';
import { cutPage } from './get-user-history.ts';

/**
 * A page of a user's history on all numbers in use, newest first, under every id that any number knows of them. Every number
 * is asked: the history is kept longer than the item of an unblocked user. What concerns every number is there too, unless
 * only some numbers may be looked at.
 */
export async function getHistoryEverywhere(
  store: Pick<BlocklistStore, 'getUsersOfNumbers' | 'listNumbers' | 'pageEventsOfNumbers'>,
  asked: AskedEverywhere,
  page: { limit: number; before?: string | undefined },
): Promise<{ events: readonly NumberEvent[]; more: boolean }> {
  const phoneNumberIds = await numbersInUse(store, asked.within);
  const { rows, ids } = await findMeant(store, { ids: [asked.id], phoneNumberIds });
  const form = otherForm(asked.id);
  const present = form === undefined ? ids : [...ids, form];
  const wanted = new Map(
    rows.map(({ phoneNumberId, user, previousId, mover }) => {
      // An earlier id counts only on a number that knows of the move: elsewhere it may be somebody else's.
      const changedTo = previousId ? [previousId.changedTo, ...presentIds(mover)] : [];
      return [
        phoneNumberId,
        [...new Set([...present, ...changedTo, ...((user ?? mover)?.previousIds ?? [])])],
      ] as const;
    }),
  );
  if (!asked.within) wanted.set(EVERY_NUMBER, present);
  const most = Math.max(0, ...[...wanted.values()].map((of) => of.length));
  const leftAt = new Map(rows.map(({ phoneNumberId, user, mover }) => [phoneNumberId, (user ?? mover)?.leftAt]));
  const until = (one: string, number: string) => (present.includes(one) ? undefined : leftAt.get(number)?.[one]);
  return cutPage(await store.pageEventsOfNumbers(wanted, { ...page, until, limit: page.limit + most }), page.limit);
}
