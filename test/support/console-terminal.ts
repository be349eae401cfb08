import { Readable } from 'node:stream';
import type { Terminal } from '../../cli/terminal.ts';
import { API_URL } from './cli.ts';

/** A terminal in which a command runs until its signal. `printed` is the first that it writes. */
export function terminalFor(signal: AbortSignal): Terminal & { readonly printed: Promise<string> } {
  let onPrinted: (text: string) => void = () => {};
  const printed = new Promise<string>((resolve) => {
    onPrinted = resolve;
  });
  return {
    printed,
    out: { write: (text) => onPrinted(text) },
    err: { write: () => {} },
    in: Readable.from([]),
    env: { BLOCKLIST_API_URL: API_URL, BLOCKLIST_API_KEY: 'k' },
    cwd: '/',
    signal,
    now: Date.now,
    sleep: async () => {},
    fetch,
  };
}
