/**
 * Vitest setup file: reads everything that the code under test writes to the console or to the process's streams, and fails
 * the test that wrote a token or a whole phone number. Log lines of the streams are held back, and shown if a test fails.
 */
import { formatWithOptions } from 'node:util';
import { afterAll, afterEach } from 'vitest';
import { findLeaks } from './leaks.ts';

type Write = typeof process.stdout.write;

const lines: string[] = [];

/** Vitest's own output of a worker goes over its channel to the main process, not through these streams. */
function holdBack(stream: NodeJS.WriteStream): Write {
  const original = stream.write.bind(stream);
  function write(chunk: Uint8Array | string, ...rest: unknown[]): boolean {
    lines.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    const written = rest.at(-1);
    if (typeof written === 'function') queueMicrotask(() => written());
    return true;
  }
  stream.write = write;
  return original;
}

const original = { stdout: holdBack(process.stdout), stderr: holdBack(process.stderr) };

for (const name of ['debug', 'dir', 'error', 'info', 'log', 'table', 'trace', 'warn'] as const) {
  const print = console[name];
  console[name] = (...values: unknown[]) => {
    lines.push(formatWithOptions({ depth: 8, breakLength: Number.POSITIVE_INFINITY }, ...values));
    Reflect.apply(print, console, values);
  };
}

function check(show: boolean): void {
  const written = lines.splice(0);
  if (show) for (const line of written) original.stderr(line.endsWith('\n') ? line : `${line}\n`);
  for (const line of written) {
    const [leak] = findLeaks(line);
    if (leak) throw new Error(`A ${leak.kind} was written to the log: ${leak.text} in: ${line.slice(0, 500)}`);
  }
}

afterEach(({ task }) => check(task.result?.state === 'fail'));
// What is written while a file is loaded or taken down belongs to no test, and fails the file.
afterAll(() => check(false));
