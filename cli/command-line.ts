import { Command } from 'commander';
import { type CommonOptions, type Context, openContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { withTarget } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Where a command puts the exit code that it ends with. */
export interface Ending {
  exitCode: ExitCode;
}

/** How commands are made, all in one way. */
export class CommandLine {
  readonly terminal: Terminal;
  readonly #ending: Ending;

  constructor(terminal: Terminal, ending: Ending) {
    this.terminal = terminal;
    this.#ending = ending;
  }

  /** A command below `parent`, without options yet. */
  add(parent: Command, name: string, about: string): Command {
    const command = new Command(name).description(about).helpCommand(false).copyInheritedSettings(parent);
    parent.addCommand(command);
    return command;
  }

  /** Ends the definition of a command: the options that every command has, and examples that run when pasted. */
  finish(command: Command, examples: readonly string[]): Command {
    return withTarget(command).addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  $ blocklist ${line}`).join('\n')}`,
    );
  }

  /** Runs a command, and keeps the exit code that it ends with. */
  async run(options: CommonOptions, action: (context: Context) => Promise<ExitCode>): Promise<void> {
    this.#ending.exitCode = await action(await openContext(this.terminal, options));
  }
}
