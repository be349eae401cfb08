import type { Action } from '../changes/outcome.ts';
import type { Requester, Source } from '../users/mirror.ts';

/** Meta's names for the event that a user has another number or id. */
export type IdentityChange = 'user_changed_number' | 'user_changed_user_id';

/** An event among those of several numbers; `EVERY_NUMBER` if it concerns all of them. */
export interface NumberEvent extends AuditEvent {
  readonly phoneNumberId: string;
}

/** Where an event is stored, and the job that it names. */
export type EventPlace = Pick<AuditEvent, 'user' | 'at' | 'operationId' | 'jobId'>;

/** A page of events, newest first. */
export interface EventPage {
  readonly limit: number;
  /** Only events older than this key (`<at>#<operationId>`). */
  readonly before?: string | undefined;
  /** ISO 8601, by id and number: only events up to that moment, since the id was somebody else's later. */
  readonly until?: ((id: string, phoneNumberId: string) => string | undefined) | undefined;
}

/** What of the page concerns one id. */
export function pageOfId(
  { limit, before, until }: EventPage,
  id: string,
  phoneNumberId: string,
): Omit<EventPage, 'until'> {
  const last = until?.(id, phoneNumberId);
  // After every key of that moment.
  const end = last === undefined ? undefined : `${last}$`;
  return { limit, before: before === undefined || (end !== undefined && end < before) ? end : before };
}

/** The order of a history: by time, and at one moment by operation. */
export function eventKey({ at, operationId }: Pick<AuditEvent, 'at' | 'operationId'>): string {
  return `${at}#${operationId}`;
}

/** One audit event: one change in a user's history. */
export interface AuditEvent extends Requester {
  readonly user: string;
  /**
   * ISO 8601: the time of the observation. Together with `operationId` it is the key, so that a repeat writes the same event.
   */
  readonly at: string;
  readonly operationId: string;
  readonly action: Action | IdentityChange | 'protect' | 'unprotect';
  readonly outcome: 'succeeded' | 'failed' | 'deferred';
  readonly code?: number | undefined;
  readonly source: Source;
  readonly jobId?: string | undefined;
  /** When the block ends by itself. In the event of its end: when it was due to end. */
  readonly expiresAt?: string | undefined;
  /** The id that the user had before an identity change. */
  readonly previous?: string | undefined;
}
