import type { Requester, Source } from './mirror.ts';
import type { Action } from './outcome.ts';

/** One attempt to change the list of a number at Graph, written before the call (write ahead). */
export interface Operation extends Requester {
  /** ULID: sorts by time. */
  readonly operationId: string;
  readonly phoneNumberId: string;
  readonly action: Action;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly source: Source;
  readonly users: number;
  readonly jobId?: string | undefined;
  readonly chunk?: number | undefined;
}

/** How an operation ended. `uncertain`: Graph may have applied it, so it stays findable until a reconciliation has looked. */
export interface Settlement {
  readonly status: 'finished' | 'failed' | 'uncertain';
  readonly succeeded: number;
  readonly failed: number;
  /** What the operation adds to the size of the list. */
  readonly sizeDelta: number;
  readonly durationMs: number;
  readonly code?: number | undefined;
  readonly fbtraceId?: string | undefined;
}

/** After this time a started operation that was never settled is taken as crashed: longer than any function may run. */
export const OPERATION_DEADLINE_MS = 5 * 60 * 1000;
