/** What the totals depend on: a user as the mirror has them. */
export interface Countable {
  readonly state: 'blocked' | 'unblocked' | 'deferred' | 'unknown';
  readonly expiresAt?: string | undefined;
}

/** The totals of a number's list, or what an operation adds to them. */
export interface Totals {
  /** Users in state `blocked`. */
  readonly size: number;
  /** Users in state `deferred`. */
  readonly deferred: number;
  /** Users of `size` whose block ends by itself. */
  readonly expiring: number;
}

export const NO_TOTALS: Totals = { size: 0, deferred: 0, expiring: 0 };

const BLOCKED: Totals = { ...NO_TOTALS, size: 1 };
const EXPIRING: Totals = { ...BLOCKED, expiring: 1 };
const DEFERRED: Totals = { ...NO_TOTALS, deferred: 1 };

/** What one user adds to the totals. */
export function totalsOf(user: Countable | undefined): Totals {
  if (user?.state === 'deferred') return DEFERRED;
  if (user?.state !== 'blocked') return NO_TOTALS;
  return user.expiresAt === undefined ? BLOCKED : EXPIRING;
}

export function addTotals(one: Totals, other: Totals): Totals {
  return {
    size: one.size + other.size,
    deferred: one.deferred + other.deferred,
    expiring: one.expiring + other.expiring,
  };
}

/**
 * What the last operation on a user added, as far as the name of the change tells. That is enough to keep the size right when
 * the operation is repeated after a crash. It no longer tells whether the user was deferred, or blocked for a time, before.
 * The next reconciliation counts those again.
 */
export function addedBy(user: Countable & { readonly change: string }): Totals {
  if (user.change === 'removed') return { ...NO_TOTALS, size: -1 };
  return user.change === 'added' || user.change === 'deferred' ? totalsOf(user) : NO_TOTALS;
}

/** The difference from `before` to `after`. */
export function deltaBetween(before: Totals, after: Totals): Totals {
  return {
    size: after.size - before.size,
    deferred: after.deferred - before.deferred,
    expiring: after.expiring - before.expiring,
  };
}

export function isNothing({ size, deferred, expiring }: Totals): boolean {
  return size === 0 && deferred === 0 && expiring === 0;
}
