import { addTotals, NO_TOTALS, type Totals, totalsOf } from '../changes/totals.ts';
import type { MirrorUser } from '../users/mirror.ts';

/** The users of a mirror as last read: their states, and what they add to the totals. */
export class Tally {
  readonly #users = new Map<string, Totals>();

  see(user: string, as: Pick<MirrorUser, 'state' | 'expiresAt'>): void {
    this.#users.set(user, totalsOf(as));
  }

  /** The id is no longer a user of its own. */
  forget(user: string): void {
    this.#users.delete(user);
  }

  has(user: string): boolean {
    return this.#users.has(user);
  }

  isBlocked(user: string): boolean {
    return (this.#users.get(user)?.size ?? 0) > 0;
  }

  totals(): Totals {
    let sum = NO_TOTALS;
    for (const totals of this.#users.values()) sum = addTotals(sum, totals);
    return sum;
  }
}
