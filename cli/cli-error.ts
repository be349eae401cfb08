import type { ExitCode } from './exit-codes.ts';

/** A failure that the user of the command can understand: what is wrong, and what to do next. It is shown without a trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** What to do next; one or more lines. */
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
