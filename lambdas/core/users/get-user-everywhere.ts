import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { type AskedEverywhere, findEverywhere, type OnNumber, presentIds } from './find-everywhere.ts';
import { isNumber } from './number-forms.ts';
import type { NumberSummary } from './number-summary.ts';

export interface EverywherePage {
  /** Ids by which any number knows the user, also a number that is not on this page. */
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
  /** Whether nobody can block the user, on any number. */
  readonly isProtected: boolean;
  readonly rows: readonly (OnNumber & { readonly summary: NumberSummary | undefined })[];
  readonly more: boolean;
}

/** What the mirror says about one user on every number in use: a page of the numbers, after the number `after`. */
export async function getUserEverywhere(
  store: Pick<BlocklistStore, 'getSummaries' | 'getUsersOfNumbers' | 'listNumbers' | 'listProtectedIds'>,
  asked: AskedEverywhere,
  { limit, after = '' }: { readonly limit: number; readonly after?: string | undefined },
): Promise<EverywherePage> {
  const [{ rows, ids }, protectedIds] = await Promise.all([findEverywhere(store, asked), store.listProtectedIds()]);
  const left = rows.filter(({ phoneNumberId }) => phoneNumberId > after);
  const page = left.slice(0, limit);
  const summaries = await store.getSummaries(page.map(({ phoneNumberId }) => phoneNumberId));
  const known = new Set(rows.flatMap(({ user }) => (user && user.state !== 'unknown' ? presentIds(user) : [])));
  return {
    waId: ids.find((id) => known.has(id) && isNumber(id)),
    userId: ids.find((id) => known.has(id) && !isNumber(id)),
    isProtected: ids.some((id) => protectedIds.has(id)),
    rows: page.map((row) => ({ ...row, summary: summaries.get(row.phoneNumberId) })),
    more: left.length > page.length,
  };
}
