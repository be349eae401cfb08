/**
 * An error that the user of a command can correct: a setting, a region, credentials, a missing Python. The message says what
 * is wrong and what to do, and is shown without a stack trace.
 */
export class PlainError extends Error {
  override readonly name: string = 'PlainError';
}

/** Runs a command. A `PlainError` ends it with its message and exit code 1; anything else is a bug, and keeps its trace. */
export async function runPlainly(command: () => void | Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof PlainError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
}

/** The text to show for an error: the message if it was foreseen, otherwise the whole trace. */
export function describeFailure(error: unknown): string {
  if (error instanceof PlainError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
