import { type ChildProcess, fork } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { stop } from './processes.ts';

/** What one call of a handler took, as the process saw it that ran it. */
export interface Invocation {
  readonly handler: string;
  readonly result: unknown;
  readonly ms: number;
  /** With the import, where this was the first call of the bundle. */
  readonly firstMs: number;
  readonly cpuMs: number;
  /** Of what the handler wrote to its log. */
  readonly logBytes: number;
  /** Of the process until now, its peak. */
  readonly peakMb: number;
}

export interface Request {
  readonly id: number;
  /** A bundle, in a folder with the name of its handler. */
  readonly file: string;
  readonly event: unknown;
}

export type Answer = { readonly id: number } & (
  | { readonly invocation: Omit<Invocation, 'handler'> }
  | { readonly error: string }
);

/**
 * One Lambda container: a process that loads bundles and calls their handlers, one at a time, as Lambda does. What the
 * handlers log goes nowhere.
 */
export class Container {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  readonly #invocations: Invocation[];
  #ids = 0;

  /** Each invocation is also added to `invocations`. */
  constructor(env: Readonly<Record<string, string>>, invocations: Invocation[] = []) {
    this.#invocations = invocations;
    this.#child = fork(join(import.meta.dirname, 'container-main.ts'), {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Events of 64,000 users go through it.
      serialization: 'advanced',
    });
    this.#child.on('message', (answer: Answer) => {
      this.#open.get(answer.id)?.resolve(answer);
      this.#open.delete(answer.id);
    });
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#open.values()) reject(new Error(`The container ended with ${code}`));
    });
  }

  async invoke(file: string, event: unknown): Promise<Invocation> {
    this.#ids += 1;
    const request: Request = { id: this.#ids, file, event };
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#open.set(request.id, { resolve, reject });
      this.#child.send(request);
    });
    if ('error' in answer) throw new Error(answer.error);
    const invocation = { ...answer.invocation, handler: basename(dirname(file)) };
    this.#invocations.push(invocation);
    return invocation;
  }

  stop(): Promise<void> {
    return stop(this.#child);
  }
}
