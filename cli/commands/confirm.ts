import { createInterface } from 'node:readline/promises';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface Confirmation {
  readonly question: string;
  /** What must be typed. */
  readonly expected: string;
  /** What is said if there is no terminal to type at. */
  readonly otherwise: string;
}

/** Asks for something to be typed. @throws CliError if it is something else, or nobody is there to type it */
export async function confirm(terminal: Terminal, { question, expected, otherwise }: Confirmation): Promise<void> {
  const typed = await ask(terminal, question);
  if (typed === undefined) throw new CliError(EXIT.usage, otherwise, 'Give --yes');
  if (typed.trim() !== expected) throw new CliError(EXIT.usage, 'Not confirmed; nothing was sent');
}

/** Asks for the number of users to be typed. */
export function confirmUnblocks(terminal: Terminal, count: number): Promise<void> {
  return confirm(terminal, {
    question: `This unblocks ${count} users. Type the number to go on: `,
    expected: String(count),
    otherwise: `This unblocks ${count} users, and nobody is there to confirm it`,
  });
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
