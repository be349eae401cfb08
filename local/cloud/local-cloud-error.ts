/**
 * What a person at the keyboard can act on: a missing Python, a refused endpoint, a deploy that failed. The message is
 * whole sentences, shown without a stack trace.
 */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
}

/** The text to show for anything thrown: a sentence for what was foreseen, the whole trace for what was not. */
export function describeFailure(error: unknown): string {
  if (error instanceof LocalCloudError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
