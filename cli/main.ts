import { CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import type { Ending } from './command-line.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { program } from './program.ts';
import { say, type Terminal } from './terminal.ts';

/** Runs a command line, and gives the exit code. Nothing is thrown but what is a bug. */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const ending: Ending = { exitCode: EXIT.ok };
  try {
    await program(terminal, ending).parseAsync([...args], { from: 'user' });
    return ending.exitCode;
  } catch (error) {
    // Commander has said what is wrong; help is no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (terminal.signal.aborted && !(error instanceof CliError)) return EXIT.interrupted;
    if (!(error instanceof CliError)) throw error;
    say(terminal, `error: ${error.message}`);
    if (error.hint !== undefined) say(terminal, error.hint);
    return error.exitCode;
  }
}
