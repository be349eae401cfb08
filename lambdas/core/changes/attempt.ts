import type { ServiceEvent } from '../events/event.ts';
import type { Identity } from '../users/identity.ts';
import type { AttemptContext, ChangingJob, ScheduledAction } from './attempt-context.ts';
import type { Operation } from './operation.ts';
import type { UserOutcome } from './outcome.ts';

/** Makes the event of an operation that others are told of, once its outcomes are known. */
export type Announce = (operation: Operation, outcomes: readonly UserOutcome[]) => ServiceEvent | undefined;

/** One try to carry out an operation. */
export interface Attempt {
  readonly operation: Operation;
  readonly identities: readonly Identity[];
  /** ISO 8601, before Graph is called. */
  readonly observedAt: string;
  /** Whether an earlier attempt stopped halfway: Graph may have made the change, and a part of it may be recorded. */
  readonly resumed?: boolean | undefined;
  /** What `sizeBefore` gave, if it was asked already. */
  readonly listSize?: number | undefined;
  /** Whether the operation is stored already. */
  readonly isStarted?: boolean | undefined;
  /** Set if no caller asked for the change, but the mirror made it due. */
  readonly scheduledAction?: ScheduledAction | undefined;
  /** The job that the operation belongs to. */
  readonly job?: ChangingJob | undefined;
  /** For deferred blocks: whether this one has waited long enough, and ends with its refusal. */
  readonly isGivenUp?: AttemptContext['isGivenUp'];
  readonly announce?: Announce | undefined;
  /** Whether a caller waits. If so, the records of a few users are written in one round trip, at twice the write units. */
  readonly isAwaited?: boolean | undefined;
  /** Whether another attempt will send the user again. If so, this outcome is not recorded. */
  readonly isRetried?: ((outcome: UserOutcome) => boolean) | undefined;
}

export interface Ended {
  /** One for each identity, in their order, as recorded. */
  readonly outcomes: readonly UserOutcome[];
  /** Ids of users whose mirror item has the state that this operation asked for, while Graph's list may not have it. */
  readonly unconverged: ReadonlySet<string>;
}
