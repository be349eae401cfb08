import { createInterface } from 'node:readline/promises';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** Asks for the number of users to be typed. @throws CliError if it is another one, or nobody is there to type it */
export async function confirmCount(terminal: Terminal, count: number): Promise<void> {
  const typed = await ask(terminal, `This unblocks ${count} users. Type the number to go on: `);
  if (typed === undefined) {
    throw new CliError(EXIT.usage, `This unblocks ${count} users, and nobody is there to confirm it`, 'Give --yes');
  }
  if (typed.trim() !== String(count)) throw new CliError(EXIT.usage, 'Not confirmed; nothing was sent');
}

/** The line that is typed; `undefined` if there is no terminal to type at. */
async function ask(terminal: Terminal, question: string): Promise<string | undefined> {
  if (!terminal.in.isTTY || !terminal.err.isTTY) return undefined;
  terminal.err.write(question);
  const lines = createInterface({ input: terminal.in, signal: terminal.signal });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}
