/** Tries after a temporary refusal by DynamoDB, in addition to the SDK's own for whole calls. */
export const MAX_ATTEMPTS = 8;
/** The pauses between them double, and are jittered: about 3 s in all. */
const FIRST_PAUSE_MS = 25;

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

/** Waits after the given try, counted from 1, with jitter, so that writers who collided do not collide again. */
export function pauseAfter(attempt: number): Promise<void> {
  const ms = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, ms));
}
