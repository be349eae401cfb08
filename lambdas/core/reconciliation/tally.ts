import { addTotals, NO_TOTALS, type Totals, totalsOf } from '../changes/totals.ts';
import { DAY_MS } from '../durations.ts';
import { isoTime } from '../iso-time.ts';
import type { MirrorUser } from '../users/mirror.ts';
import { AGES_DAYS, type BlockCounts } from '../users/number-summary.ts';

/** What a user counts as. There are few kinds, so that 64,000 users need no memory but for their ids. */
interface Kind {
  readonly totals: Totals;
  readonly reasonCode: string | undefined;
  /** How many of `AGES_DAYS` the block is older than. */
  readonly ages: number;
}

export type TalliedUser = Pick<MirrorUser, 'state' | 'expiresAt' | 'blockedAt' | 'reasonCode'>;

/** The users of a mirror as last read: their states, and what they add to the counts of the number. */
export class Tally {
  readonly #users = new Map<string, Kind>();
  /** By their code. There are few of each. */
  readonly #kinds = new Map<string | undefined, readonly Kind[]>();
  /** Blocks from before these times, the latest first, are older than so many days. */
  readonly #since: readonly string[];

  /** Ages are counted up to `at`, ISO 8601. */
  constructor(at: string) {
    this.#since = AGES_DAYS.map((days) => isoTime(Date.parse(at) - days * DAY_MS));
  }

  see(user: string, as: TalliedUser): void {
    this.#users.set(user, this.#kindOf(as));
  }

  #kindOf(as: TalliedUser): Kind {
    const totals = totalsOf(as);
    const isBlocked = totals.size > 0;
    const reasonCode = isBlocked ? as.reasonCode : undefined;
    const ages = isBlocked && as.blockedAt !== undefined ? this.#agesOf(as.blockedAt) : 0;
    const alike = this.#kinds.get(reasonCode) ?? [];
    const known = alike.find((kind) => kind.ages === ages && kind.totals === totals);
    if (known) return known;
    const kind = { totals, reasonCode, ages };
    this.#kinds.set(reasonCode, [...alike, kind]);
    return kind;
  }

  #agesOf(blockedAt: string): number {
    const younger = this.#since.findIndex((since) => blockedAt >= since);
    return younger < 0 ? this.#since.length : younger;
  }

  /** The id is no longer a user of its own. */
  forget(user: string): void {
    this.#users.delete(user);
  }

  has(user: string): boolean {
    return this.#users.has(user);
  }

  isBlocked(user: string): boolean {
    return (this.#users.get(user)?.totals.size ?? 0) > 0;
  }

  totals(): Totals {
    let sum = NO_TOTALS;
    for (const { totals } of this.#users.values()) sum = addTotals(sum, totals);
    return sum;
  }

  blockCounts(): BlockCounts {
    const byReasonCode = new Map<string, number>();
    const olderThanDays = new Map<string, number>(AGES_DAYS.map((days) => [String(days), 0]));
    const add = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
    let [total, expiring] = [0, 0];
    for (const { totals, reasonCode, ages } of this.#users.values()) {
      if (totals.size === 0) continue;
      total += 1;
      expiring += totals.expiring;
      if (reasonCode !== undefined) add(byReasonCode, reasonCode);
      for (const days of AGES_DAYS.slice(0, ages)) add(olderThanDays, String(days));
    }
    const counts = { byReasonCode: Object.fromEntries(byReasonCode), olderThanDays: Object.fromEntries(olderThanDays) };
    return { total, expiring, ...counts };
  }
}
