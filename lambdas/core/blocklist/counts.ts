import { hashOf } from './digest.ts';

/** What the counts depend on: a user as the mirror has them. */
export interface Countable {
  readonly user: string;
  readonly state: 'blocked' | 'unblocked' | 'deferred' | 'unknown';
  readonly expiresAt?: string | undefined;
}

/** What is counted of a number's list, and what an operation adds to it. */
export interface Counts {
  /** Users in state `blocked`. */
  readonly size: number;
  /** Users in state `deferred`. */
  readonly deferred: number;
  /** Users of `size` whose block ends by itself. */
  readonly expiring: number;
  /** Stands for who the users of `size` are: the sum of the hashes of their keys. */
  readonly digest: number;
}

export const NO_COUNTS: Counts = { size: 0, deferred: 0, expiring: 0, digest: 0 };

/** What one user counts for. */
export function countsOf(user: Countable | undefined): Counts {
  if (user?.state === 'deferred') return { ...NO_COUNTS, deferred: 1 };
  if (user?.state !== 'blocked') return NO_COUNTS;
  return { size: 1, deferred: 0, expiring: user.expiresAt === undefined ? 0 : 1, digest: hashOf(user.user) };
}

export function addCounts(one: Counts, other: Counts): Counts {
  return {
    size: one.size + other.size,
    deferred: one.deferred + other.deferred,
    expiring: one.expiring + other.expiring,
    digest: one.digest + other.digest,
  };
}

/** What brings `before` to `after`. */
export function countsBetween(before: Counts, after: Counts): Counts {
  return {
    size: after.size - before.size,
    deferred: after.deferred - before.deferred,
    expiring: after.expiring - before.expiring,
    digest: after.digest - before.digest,
  };
}

export function isNothing({ size, deferred, expiring, digest }: Counts): boolean {
  return size === 0 && deferred === 0 && expiring === 0 && digest === 0;
}
