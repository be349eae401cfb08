import type { Source } from './mirror.ts';

/** Which blocked users to list. All that is given must hold. Times are ISO 8601. */
export interface ListFilter {
  /** A code that is recorded, whether it is still configured or not. */
  readonly reasonCode?: string | undefined;
  /** The whole actor, as `blocked_by` has it. */
  readonly actor?: string | undefined;
  readonly source?: Source | undefined;
  /** The block ends by itself, before this time. */
  readonly expiresBefore?: string | undefined;
  /** The block began at this time or later. */
  readonly blockedAfter?: string | undefined;
  readonly blockedBefore?: string | undefined;
}
