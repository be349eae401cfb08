import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';

/** What one call of a handler took, as the process saw it that ran it. */
export interface Invocation {
  readonly handler: string;
  readonly result: unknown;
  readonly ms: number;
  /** Includes the import if this was the first call of the bundle. */
  readonly firstMs: number;
  readonly cpuMs: number;
  /** Of what the handler wrote to its log. */
  readonly logBytes: number;
  /** What it wrote, and when: in milliseconds since the epoch. */
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
  /** Of the process until now, its peak. */
  readonly peakMb: number;
}

/** The file is a bundle, in a folder with the name of its handler. */
export type Request = { readonly file: string; readonly event: unknown };

export type Answer = Omit<Invocation, 'handler'> | { readonly error: string };

/**
 * One Lambda container: a process that loads bundles and calls their handlers, one at a time, as Lambda does. What the
 * handlers log goes nowhere.
 */
export class Container {
  readonly #child: ChildProcess;
  readonly #invocations: Invocation[];
  #open: PromiseWithResolvers<Answer> | undefined;

  /** Each invocation is also added to `invocations`. */
  constructor(env: Readonly<Record<string, string>>, invocations: Invocation[] = []) {
    this.#invocations = invocations;
    this.#child = fork(join(import.meta.dirname, 'container-main.ts'), {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Events of 64,000 users go through it.
      serialization: 'advanced',
    });
    this.#child.on('message', (answer: Answer) => this.#open?.resolve(answer));
    this.#child.once('exit', (code) => this.#open?.reject(new Error(`The container ended with ${code}`)));
  }

  async invoke(file: string, event: unknown): Promise<Invocation> {
    if (this.#open) throw new Error('A container does one thing at a time');
    this.#open = Promise.withResolvers<Answer>();
    this.#child.send({ file, event } satisfies Request);
    const answer = await this.#open.promise;
    this.#open = undefined;
    if ('error' in answer) throw new Error(answer.error);
    const invocation = { ...answer, handler: basename(dirname(file)) };
    this.#invocations.push(invocation);
    return invocation;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
