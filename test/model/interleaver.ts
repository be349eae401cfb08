import { AsyncLocalStorage } from 'node:async_hooks';

/** One run of a function, or of a workflow's execution: what can be killed as a whole. */
export class Process {
  readonly name: string;
  dead = false;

  constructor(name: string) {
    this.name = name;
  }
}

interface Waiting {
  readonly process: Process;
  readonly notBefore: number;
  readonly resume: () => void;
}

/** Steps after which a sequence counts as endless. */
const MOST_STEPS = 60_000;
/** Milliseconds of virtual time that one step may take. */
const STEP_MS = 20;

/**
 * Runs concurrent processes one step at a time, in an order that a seed decides. A step is a call of a process to the
 * outside. It begins when it is chosen, runs to its end with nothing else running, and its answer arrives when it is chosen
 * again, so that other processes act in between. Time is virtual, and advances with the steps and with processes that sleep.
 */
export class Interleaver {
  readonly #random: () => number;
  readonly #current = new AsyncLocalStorage<Process>();
  readonly #waiting: Waiting[] = [];
  #calls = 0;
  #callEnded: (() => void) | undefined;
  #now: number;
  #steps = 0;

  constructor(random: () => number, now: number) {
    this.#random = random;
    this.#now = now;
  }

  now = (): number => this.#now;

  /** Begins a process; its promise rejects when it is killed. */
  spawn<T>(process: Process, run: () => Promise<T>): { readonly ended: Promise<T>; readonly kill: () => void } {
    let kill = () => {};
    const ended = new Promise<T>((resolve, reject) => {
      kill = () => {
        process.dead = true;
        reject(new Error(`${process.name} was killed`));
      };
      this.#current.run(process, run).then(resolve, reject);
    });
    return { ended, kill };
  }

  sleep = (ms: number): Promise<void> => this.#gate(this.#now + Math.ceil(ms));

  /** A call of the present process to the outside. `late` is the time for which it waited for an answer, in addition to the step itself. */
  async call<T>(run: () => Promise<T>, late: (error: unknown) => number = () => 0): Promise<T> {
    await this.#gate();
    this.#calls += 1;
    let answer: { readonly value: T } | { readonly error: unknown };
    try {
      answer = { value: await run() };
    } catch (error) {
      answer = { error };
    }
    this.#calls -= 1;
    this.#callEnded?.();
    await this.#gate('error' in answer ? this.#now + late(answer.error) : 0);
    if ('error' in answer) throw answer.error;
    return answer.value;
  }

  /** Steps until no process waits for its turn. */
  async drive(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#calls > 0) await new Promise<void>((resolve) => (this.#callEnded = resolve));
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#pick();
      if (!next) return;
      this.#steps += 1;
      if (this.#steps > MOST_STEPS) throw new Error(`Nothing completes: ${next.process.name} still goes on`);
      this.#now += 1 + Math.floor(this.#random() * STEP_MS);
      next.resume();
    }
  }

  #gate(notBefore = 0): Promise<void> {
    const process = this.#current.getStore();
    if (!process) throw new Error('A call from outside of any process');
    return new Promise((resume) => void this.#waiting.push({ process, notBefore, resume }));
  }

  /** One of those that are due. If none is, time moves on to the first. A dead process never continues. */
  #pick(): Waiting | undefined {
    const alive = this.#waiting.filter(({ process }) => !process.dead);
    if (alive.length === 0) return undefined;
    const first = Math.min(...alive.map(({ notBefore }) => notBefore));
    this.#now = Math.max(this.#now, first);
    const ready = alive.filter(({ notBefore }) => notBefore <= this.#now);
    const next = ready[Math.floor(this.#random() * ready.length)];
    if (next) this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }
}

/** A small seeded generator (mulberry32): uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
