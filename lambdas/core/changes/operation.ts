import { MINUTE_MS } from '../durations.ts';
import type { Identity } from '../users/identity.ts';
import type { Requester, Source, Terms } from '../users/mirror.ts';
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
  /** Who asked for the block, where the actor only makes it hold for another id of its user. */
  readonly blockedBy?: Pick<Requester, 'actor' | 'onBehalfOf'> | undefined;
  readonly users: number;
  /** Ids of these users, where no job holds them: whose block it was must be known after a crash, too. */
  readonly ids?: readonly string[] | undefined;
  readonly jobId?: string | undefined;
  readonly chunk?: number | undefined;
}

/** What is asked of Graph, by whom, and for which part of which job. */
export interface Asking
  extends Requester,
    Terms,
    Pick<Operation, 'phoneNumberId' | 'action' | 'source' | 'blockedBy' | 'jobId' | 'chunk'> {}

/** The one place where an operation is built. `asking` may have more fields, which nobody stores. */
export function operationOf(
  { operationId, startedAt }: Pick<Operation, 'operationId' | 'startedAt'>,
  asking: Asking,
  identities: readonly Identity[],
): Operation {
  const { phoneNumberId, action, source, jobId, chunk } = asking;
  const { expiresAt, defer, actor, onBehalfOf, reason, blockedBy } = asking;
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
    actor,
    onBehalfOf,
    reason,
    blockedBy,
    jobId,
    chunk,
  };
}

/**
 * How an operation ended. `uncertain`: Graph may have applied it without saying so, or another operation on the same users
 * overlapped with it, so it stays findable until a reconciliation has looked.
 */
export interface Completion {
  readonly status: 'finished' | 'failed' | 'uncertain';
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  /** What the operation adds to the counts of the number. */
  readonly delta: Totals;
  readonly durationMs: number;
  readonly code?: number | undefined;
  readonly fbtraceId?: string | undefined;
  /** Of one that is uncertain: the users whom that is about, where it is not all. Nobody else is put down to it afterwards. */
  readonly ids?: readonly string[] | undefined;
  /** Those of `ids` who succeeded, and whom another operation may have changed back: their recorded outcome stays. */
  readonly conflicting?: readonly string[] | undefined;
}

/** An operation whose end is not known. `started`: in progress, or crashed. */
export interface OpenOperation extends Operation {
  readonly status: 'started' | 'uncertain';
  /** Of an uncertain operation: the outcomes that were reported; those of `ids` in conflict keep theirs. */
  readonly succeeded?: number | undefined;
  readonly failed?: number | undefined;
  readonly deferred?: number | undefined;
  readonly conflicting?: readonly string[] | undefined;
  readonly durationMs?: number | undefined;
  readonly code?: number | undefined;
}

/** An operation as it stands, for who asks what was done to a number. */
export interface RecordedOperation extends Operation {
  readonly status: 'started' | 'finished' | 'failed' | 'uncertain' | 'resolved';
  /** Absent while it is `started`. */
  readonly succeeded?: number | undefined;
  readonly failed?: number | undefined;
  readonly deferred?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly code?: number | undefined;
}

/** What Graph's list showed afterwards of an operation that nobody completed. */
export interface Resolution {
  readonly succeeded: number;
  readonly failed: number;
  readonly code?: number | undefined;
}

/** After this time a started operation that was never completed is taken as crashed: longer than any function may run. */
export const OPERATION_DEADLINE_MS = 5 * MINUTE_MS;
