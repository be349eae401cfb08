import type { Caller } from '../users/asked.ts';
import type { MirrorItem } from '../users/mirror.ts';

/** A person on one number. */
export interface PersonOnNumber extends Caller {
  readonly phoneNumberId: string;
  readonly ids: readonly string[];
  readonly previousIds: readonly string[];
  /** ISO 8601: at this time, no operation on the person was in progress there. */
  readonly idleAt: string;
  /** Their items, read consistently since then. */
  readonly stored: ReadonlyMap<string, MirrorItem>;
}

/** What was erased on one number, and what is left there. */
export interface ErasedOnNumber {
  readonly events: number;
  readonly items: number;
  readonly aliases: number;
  /** Jobs that the erased records named, and the one that made the block that stands. */
  readonly jobIds: ReadonlySet<string>;
  /** The block, or deferred block, that stands. */
  readonly standing?: 'blocked' | 'deferred' | undefined;
  /** Whether something had to stay: an operation that began since then may still have to know what it replaced. */
  readonly isBusy: boolean;
  /** Whether an earlier id of the person is a user of its own there: somebody else, whose records stay. */
  readonly isOthers: boolean;
  /** Whether a user who had an id of the person before is known there: their records name it, and stay. */
  readonly hasMover: boolean;
}
