import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock } from '../ports/services.ts';
import type { NumberSummary } from './number-summary.ts';

/**
 * How long a container uses the summary of a number that it read. `reconciled_at` may lag by as much, and every look-up saves
 * a read.
 */
const SUMMARY_CACHE_MS = 10_000;

/** How many numbers a container remembers. */
const MOST_CACHED = 1_000;

/** The summary of a number, read only now and then, so that a question about one user costs one read. */
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
    // Callers can ask for any digits, and a container that lives for hours must not remember them all.
    if (this.#cached.size >= MOST_CACHED) this.#cached.clear();
    const summary = this.#store.getSummary(phoneNumberId);
    this.#cached.set(phoneNumberId, { summary, until: now + SUMMARY_CACHE_MS });
    summary.catch(() => this.#cached.delete(phoneNumberId));
    return summary;
  }
}
