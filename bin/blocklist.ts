#!/usr/bin/env node
/** The command line: `blocklist --help`. */
import { setTimeout as pause } from 'node:timers/promises';
import { main } from '../cli/main.ts';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());
// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  in: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
  now: Date.now,
  sleep: async (ms) => void (await pause(ms, undefined, { signal: interrupt.signal })),
  fetch,
});
