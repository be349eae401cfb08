import type { Clock } from '../ports.ts';
import { type AuditEvent, mirrorUser, type NumberSummary } from './mirror.ts';
import { otherForm } from './number-forms.ts';
import { type Found, findUsers, foundAs } from './read-users.ts';
import type { BlocklistStore } from './store.ts';

/** How long a container trusts what it read of a number: `reconciled_at` may lag by as much, and every look-up saves a read. */
const SUMMARY_CACHE_MS = 10_000;

/** Numbers that a container keeps at the same time. */
const MOST_CACHED = 1_000;

/** The summary of a number, read once in a while, so that asking for one user costs one read. */
export class SummaryCache {
  readonly #store: Pick<BlocklistStore, 'getSummary'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #cached = new Map<string, { summary: Promise<NumberSummary | undefined>; until: number }>();

  constructor(store: Pick<BlocklistStore, 'getSummary'>, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  get(phoneNumberId: string): Promise<NumberSummary | undefined> {
    const now = this.#clock.now();
    const cached = this.#cached.get(phoneNumberId);
    if (cached && cached.until > now) return cached.summary;
    // Any digits can be asked for: a container that lives for hours must not remember them all.
    if (this.#cached.size >= MOST_CACHED) this.#cached.clear();
    const summary = this.#store.getSummary(phoneNumberId);
    this.#cached.set(phoneNumberId, { summary, until: now + SUMMARY_CACHE_MS });
    summary.catch(() => this.#cached.delete(phoneNumberId));
    return summary;
  }
}

/** What the mirror says of a user by any of their ids and forms of their number. */
export async function getUser(
  store: Pick<BlocklistStore, 'getUsers'>,
  phoneNumberId: string,
  id: string,
): Promise<Found> {
  return foundAs(id, (await findUsers(store, phoneNumberId, [id])).get(id));
}

/**
 * A page of a user's history, newest first. What was done under a number or id that the user had before stands under that,
 * and refusals from before the `wa_id` was known under the number as it was sent: all of them are read.
 */
export async function getHistory(
  store: Pick<BlocklistStore, 'getUsers' | 'pageEvents'>,
  phoneNumberId: string,
  id: string,
  page: { limit: number; before?: string | undefined },
): Promise<{ events: AuditEvent[]; more: boolean }> {
  const known = (await findUsers(store, phoneNumberId, [id])).get(id);
  const user = mirrorUser(known?.stored);
  // The history stays longer than the item of who was unblocked.
  const other = user ? undefined : otherForm(id);
  const users = new Set([known?.user ?? id, ...(user?.formerly ?? []), id, ...(other === undefined ? [] : [other])]);
  const events = await store.pageEvents(phoneNumberId, [...users], { ...page, limit: page.limit + users.size });
  // One operation may have told of two ids at one moment, which no cursor tells apart: they are on one page.
  const last = events[page.limit - 1];
  const end = events.findLastIndex((event) => event.at === last?.at && event.operationId === last.operationId) + 1;
  const given = last === undefined ? events : events.slice(0, end);
  return { events: given, more: events.length > given.length };
}
