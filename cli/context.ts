import { type ApiClient, apiClient } from './api/client.ts';
import { CliError } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Target } from './target/access.ts';
import { findTarget, type TargetOptions } from './target/target.ts';
import type { Terminal } from './terminal.ts';

export type OutputFormat = 'table' | 'json';

/** Options that every command has. */
export interface CommonOptions extends TargetOptions {
  readonly output?: OutputFormat | undefined;
}

/** What a command works with. */
export interface Context {
  readonly terminal: Terminal;
  readonly output: OutputFormat;
  readonly target: Target;
  readonly api: ApiClient;
}

/** A command: what it does, and the exit code that says how it went. */
export type Action<Options> = (context: Context, options: Options) => Promise<ExitCode>;

export async function openContext(terminal: Terminal, options: CommonOptions): Promise<Context> {
  const target = await findTarget(terminal, options);
  const onBehalfOf = options.onBehalfOf ?? (terminal.env.BLOCKLIST_ON_BEHALF_OF || undefined);
  const api = apiClient(terminal, { ...target, onBehalfOf });
  return { terminal, output: options.output ?? 'table', target, api };
}

/** Options of commands about one number. */
export interface NumberOptions {
  readonly number?: string | undefined;
}

/** The phone number id that is meant. @throws CliError if none is given */
export function numberOf({ terminal }: Pick<Context, 'terminal'>, { number }: NumberOptions): string {
  const given = number ?? (terminal.env.BLOCKLIST_NUMBER || undefined);
  if (given === undefined) {
    throw new CliError(
      EXIT.usage,
      'Which number? Nothing names one',
      'Give --number <phone number id>, or set BLOCKLIST_NUMBER',
    );
  }
  if (!/^\d{1,32}$/.test(given)) throw new CliError(EXIT.usage, '--number: must be a phone number id, 1 to 32 digits');
  return given;
}
