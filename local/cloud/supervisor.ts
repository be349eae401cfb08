/**
 * Runs one command for as long as the process that asked for it lives: `node supervisor.ts '<spec>'`, with the spec as in
 * `SupervisorSpec`. Its standard input is a pipe from that owner. The pipe closes when the owner closes it and when the
 * owner dies, however it dies (also of SIGKILL, which nobody can handle), and then the command and everything it started
 * are ended and the named folders removed. So no local run leaves a server, a function's process or a folder behind.
 *
 * The command has a process group of its own: a Ctrl-C in the terminal reaches the owner only, which tears down in order.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { z } from 'zod';

const supervisorSpec = z.object({
  command: z.string(),
  args: z.array(z.string()),
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs: z.number().nonnegative(),
  /** Folders and files that go when the command has ended. */
  removeAfter: z.array(z.string()),
  /** Incomplete folders and files, which are removed only if the process did not end by itself. */
  removeWhenStopped: z.array(z.string()),
});

export type SupervisorSpec = z.infer<typeof supervisorSpec>;

/** Exit code when the command itself could not be started. */
export const CANNOT_START = 127;

function main(): void {
  const spec = supervisorSpec.parse(JSON.parse(process.argv[2] ?? 'null'));
  const child = spawn(spec.command, spec.args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });

  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  };
  let stopping = false;
  const finish = (code: number): void => {
    signalGroup('SIGKILL');
    for (const path of [...spec.removeAfter, ...(stopping ? spec.removeWhenStopped : [])]) {
      rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    }
    process.exit(code);
  };
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    signalGroup('SIGTERM');
    // MiniStack can hang on SIGTERM while requests are open.
    setTimeout(() => signalGroup('SIGKILL'), spec.graceMs);
  };

  child.on('error', (error) => {
    process.stderr.write(`cannot start ${spec.command}: ${error.message}\n`);
    finish(CANNOT_START);
  });
  child.on('exit', (code, signal) => finish(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.resume();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

if (import.meta.main) main();
