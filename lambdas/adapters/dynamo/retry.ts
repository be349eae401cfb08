/** Tries of what DynamoDB refuses for a moment, in addition to the SDK's own for whole calls. */
export const MAX_ATTEMPTS = 8;
/** The pauses between them double, and are jittered: about 3 s in all. */
const FIRST_PAUSE_MS = 25;

/**
 * Refusals of one part of a call, a statement or an item of a transaction, that another try may not meet. DynamoDB gives
 * the same codes for both. Whatever is not listed is the same at every try.
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

/** Pauses after the given try, counted from 1. Jittered, so that writers who met each other do not meet again. */
export function pauseAfter(attempt: number): Promise<void> {
  const ms = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, ms));
}
