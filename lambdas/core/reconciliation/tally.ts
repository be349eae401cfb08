import { addCounts, type Counts, countsOf, NO_COUNTS } from '../blocklist/counts.ts';
import type { MirrorUser } from '../blocklist/mirror.ts';

/** Users of a mirror as they were last seen: who is there, in whatever state, and what they count for. */
export class Tally {
  readonly #users = new Map<string, Counts>();

  see(user: string, as: Pick<MirrorUser, 'state' | 'expiresAt'>): void {
    this.#users.set(user, countsOf(as));
  }

  /** The id is no user of its own any more. */
  forget(user: string): void {
    this.#users.delete(user);
  }

  has(user: string): boolean {
    return this.#users.has(user);
  }

  isBlocked(user: string): boolean {
    return (this.#users.get(user)?.size ?? 0) > 0;
  }

  counts(): Counts {
    let sum = NO_COUNTS;
    for (const counts of this.#users.values()) sum = addCounts(sum, counts);
    return sum;
  }
}
