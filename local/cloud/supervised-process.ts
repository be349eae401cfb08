import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { PlainError } from '../../lib/plain-error.ts';
import { PROJECT_NODE } from './paths.ts';
import type { SupervisorSpec } from './supervisor.ts';

export interface SupervisedProcessOptions {
  command: string;
  args: readonly string[];
  /** The whole environment of the command: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** File that takes the command's output, both streams; appended to. */
  logFile: string;
  /** Milliseconds between SIGTERM and SIGKILL when it is stopped. */
  graceMs?: number;
  /** Folders and files that go when the command has ended, also when we died before it. */
  removeAfter?: readonly string[];
  /** Incomplete folders and files, which are removed only if the process did not end by itself. */
  removeWhenStopped?: readonly string[];
}

export interface SupervisedProcess {
  /** The exit code, as a shell counts it (128 + signal), once the command and everything that it started have ended. */
  readonly exited: Promise<number>;
  /** Undefined while it runs. */
  readonly exitCode: number | undefined;
  /** Ends the command and everything that it started; resolves when they have ended. Safe to repeat. */
  stop(): Promise<void>;
}

/** Starts a command that cannot outlive us; see `supervisor.ts`. */
export function startSupervised(options: SupervisedProcessOptions): SupervisedProcess {
  const spec: SupervisorSpec = {
    command: options.command,
    args: [...options.args],
    graceMs: options.graceMs ?? 1_500,
    removeAfter: [...(options.removeAfter ?? [])],
    removeWhenStopped: [...(options.removeWhenStopped ?? [])],
  };
  if (!existsSync(PROJECT_NODE)) {
    const here = `${process.platform} ${process.arch}`;
    throw new PlainError(`The project's own Node.js (for ${here}) is not installed. Install it with: npm ci`);
  }
  const log = openSync(options.logFile, 'a');
  const child = spawn(PROJECT_NODE, [join(import.meta.dirname, 'supervisor.ts'), JSON.stringify(spec)], {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const lifeline = child.stdin;
  // A supervisor that has already ended needs no message.
  lifeline?.on('error', () => {});

  let exitCode: number | undefined;
  const exited = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      exitCode = code ?? 1;
      resolve(exitCode);
    });
  });
  // A caller who awaits `exited` sees the failure; nobody has to.
  exited.catch(() => {});
  return {
    exited,
    get exitCode() {
      return exitCode;
    },
    async stop() {
      lifeline?.end();
      await exited.catch(() => {});
    },
  };
}

/** The exit code of a command that ends by itself; when `signal` aborts, the command is ended and this throws its reason. */
export async function runSupervised(options: SupervisedProcessOptions, signal?: AbortSignal): Promise<number> {
  signal?.throwIfAborted();
  const running = startSupervised(options);
  const abort = (): void => void running.stop();
  signal?.addEventListener('abort', abort);
  try {
    const code = await running.exited;
    signal?.throwIfAborted();
    return code;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
