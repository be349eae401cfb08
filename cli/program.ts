import { Command } from 'commander';
import { CommandLine, type Ending } from './command-line.ts';
import { addJobCommands } from './groups/jobs.ts';
import { addNumberCommands } from './groups/numbers.ts';
import { addServiceCommands } from './groups/service.ts';
import { addUserCommands } from './groups/users.ts';
import type { Terminal } from './terminal.ts';

const EXIT_CODES = `
Exit codes: 0 all is well · 1 some users failed · 2 wrong usage · 3 not authorized · 4 not found ·
            5 unavailable, also after retries · 6 conflict · 130 interrupted`;

/** Columns of help if it is not written to a terminal. */
const HELP_WIDTH = 100;

/** Every command of `blocklist`, with its help. */
export function program(terminal: Terminal, ending: Ending): Command {
  const root = new Command('blocklist')
    .description('Block, unblock and look up WhatsApp users, and see who did what, when and why.')
    .addHelpText('after', EXIT_CODES)
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHelpWidth: () => terminal.out.columns ?? HELP_WIDTH,
      getErrHelpWidth: () => terminal.err.columns ?? HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  const line = new CommandLine(terminal, ending);
  addUserCommands(root, line);
  addNumberCommands(root, line);
  addJobCommands(root, line);
  addServiceCommands(root, line);
  return root;
}
