import { MINUTE_MS } from '../durations.ts';
import type { ServiceEvent } from '../events/event.ts';
import { whoAndWhy } from '../users/asked.ts';
import type { Identity } from '../users/identity.ts';
import type { Requester, Source, Terms } from '../users/mirror.ts';
import type { Blocker } from './attempt-context.ts';
import type { Action } from './outcome.ts';
import type { Totals } from './totals.ts';

/** One attempt to change the list of a number at Graph, written before the call (write ahead). */
export interface Operation extends Requester, Terms {
  /** ULID: sorts by time. */
  readonly operationId: string;
  readonly phoneNumberId: string;
  readonly action: Action;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly source: Source;
  readonly blockedBy?: Blocker | undefined;
  readonly users: number;
  /** Ids of these users, unless a job has them: after a crash it must be known whose block this was. */
  readonly ids?: readonly string[] | undefined;
  readonly jobId?: string | undefined;
  readonly chunk?: number | undefined;
}

/** What names an operation. */
export type OperationKey = Pick<Operation, 'operationId' | 'phoneNumberId' | 'startedAt'>;

/** What Graph is asked for, who asks, and for which part of which job. */
export interface Asking
  extends Requester,
    Terms,
    Pick<Operation, 'phoneNumberId' | 'action' | 'source' | 'blockedBy' | 'jobId' | 'chunk'> {}

/** The only function that builds an operation. Additional fields of `asking` are not stored. */
export function operationOf(
  { operationId, startedAt }: Pick<Operation, 'operationId' | 'startedAt'>,
  asking: Asking,
  identities: readonly Identity[],
): Operation {
  const { phoneNumberId, action, source, jobId, chunk } = asking;
  const { expiresAt, defer, blockedBy } = asking;
  return {
    operationId,
    phoneNumberId,
    action,
    startedAt,
    source,
    users: identities.length,
    ids: jobId === undefined ? identities.map(({ id }) => id) : undefined,
    expiresAt,
    defer,
    ...whoAndWhy(asking),
    blockedBy,
    jobId,
    chunk,
  };
}

/**
 * How an operation ended. `uncertain`: Graph may have applied it without saying so, or another operation on the same users
 * overlapped with it. It can then be found until a reconciliation has finished.
 */
export interface Completion {
  readonly status: 'finished' | 'failed' | 'uncertain';
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  /** What the operation adds to the totals of the number. */
  readonly delta: Totals;
  readonly durationMs: number;
  readonly code?: number | undefined;
  readonly fbtraceId?: string | undefined;
  /** For an uncertain operation: the uncertain users, if not all are. Only these can be attributed to it afterwards. */
  readonly ids?: readonly string[] | undefined;
  /** Those of `ids` who succeeded, but whom another operation may have changed back. Their recorded outcome stays. */
  readonly conflicting?: readonly string[] | undefined;
  /** What others are told of it. */
  readonly event?: ServiceEvent | undefined;
}

/** An operation without a known end. `started`: it is in progress, or its worker crashed. */
export interface OpenOperation extends Operation {
  readonly status: 'started' | 'uncertain';
  /** For an uncertain operation: the outcomes that were reported. Those of `ids` that are in conflict keep theirs. */
  readonly succeeded?: number | undefined;
  readonly failed?: number | undefined;
  readonly deferred?: number | undefined;
  readonly conflicting?: readonly string[] | undefined;
  readonly durationMs?: number | undefined;
  readonly code?: number | undefined;
}

/** An operation in its present state, for the list of what was done to a number. */
export interface RecordedOperation extends Omit<Operation, 'action'> {
  /** `erase`: nothing was changed at Graph, but the records of a user were erased. */
  readonly action: Action | 'erase';
  readonly status: 'started' | 'finished' | 'failed' | 'uncertain' | 'resolved';
  /** Absent while it is `started`. */
  readonly succeeded?: number | undefined;
  readonly failed?: number | undefined;
  readonly deferred?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly code?: number | undefined;
}

/** What Graph's list later showed about an operation that was never completed. */
export interface Resolution {
  readonly succeeded: number;
  readonly failed: number;
  readonly code?: number | undefined;
  /** What others are told of the users whose outcome was not known before. */
  readonly event?: ServiceEvent | undefined;
}

/** A started operation that is older than this counts as crashed: no function may run for that long. */
export const OPERATION_DEADLINE_MS = 5 * MINUTE_MS;
