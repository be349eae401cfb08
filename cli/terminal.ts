import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Where a command reads and writes. Data goes to `out`, all else to `err`. Tests give their own. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  readonly in: Readable & { readonly isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which the command was started. */
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Rejects if the signal is aborted meanwhile. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly fetch: typeof fetch;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** A line for the person at the terminal. */
export function say(terminal: Pick<Terminal, 'err'>, line = ''): void {
  terminal.err.write(`${line}\n`);
}

/** Everything that is sent to the command, as text. */
export function readInput(terminal: Pick<Terminal, 'in'>): Promise<string> {
  return text(terminal.in);
}
