import { type Backoff, backoff } from '../../core/backoff.ts';

/** Tries after a temporary refusal by DynamoDB, in addition to the SDK's own for whole calls. */
export const MAX_ATTEMPTS = 8;
/** Milliseconds between them: about 3 s in all. Writers who met each other do not meet again. */
const PAUSES: Backoff = { first: 25, jitter: [0.5, 1.5] };

/**
 * Temporary refusals of one part of a call: a statement, or an item of a transaction. DynamoDB gives the same codes for both.
 * Any other code would be the same at every try.
 */
const RETRYABLE: ReadonlySet<string | undefined> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

export function isRetryable({ Code }: { readonly Code?: string | undefined }): boolean {
  return RETRYABLE.has(Code);
}

/** Pauses after the given try, counted from 1. */
export function pauseAfter(attempt: number): Promise<void> {
  const ms = backoff(attempt, PAUSES, Math.random());
  return new Promise((resolve) => setTimeout(resolve, ms));
}
