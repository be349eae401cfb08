/** What the counts depend on: a user as the mirror has them. */
export interface Countable {
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
}

export const NO_COUNTS: Counts = { size: 0, deferred: 0, expiring: 0 };

const BLOCKED: Counts = { ...NO_COUNTS, size: 1 };
const EXPIRING: Counts = { ...BLOCKED, expiring: 1 };
const DEFERRED: Counts = { ...NO_COUNTS, deferred: 1 };

/** What one user counts for. */
export function countsOf(user: Countable | undefined): Counts {
  if (user?.state === 'deferred') return DEFERRED;
  if (user?.state !== 'blocked') return NO_COUNTS;
  return user.expiresAt === undefined ? BLOCKED : EXPIRING;
}

export function addCounts(one: Counts, other: Counts): Counts {
  return {
    size: one.size + other.size,
    deferred: one.deferred + other.deferred,
    expiring: one.expiring + other.expiring,
  };
}

/**
 * What the last operation on a user added, as far as its name tells: enough for the size to be right when that operation is
 * repeated after a crash. Whether the user waited, or was blocked for a time, before it is not known any more; the next
 * reconciliation counts those anew.
 */
export function addedBy(user: Countable & { readonly change: string }): Counts {
  if (user.change === 'removed') return { ...NO_COUNTS, size: -1 };
  return user.change === 'added' || user.change === 'deferred' ? countsOf(user) : NO_COUNTS;
}

/** What brings `before` to `after`. */
export function countsBetween(before: Counts, after: Counts): Counts {
  return {
    size: after.size - before.size,
    deferred: after.deferred - before.deferred,
    expiring: after.expiring - before.expiring,
  };
}

export function isNothing({ size, deferred, expiring }: Counts): boolean {
  return size === 0 && deferred === 0 && expiring === 0;
}
