import type { ServerResponse } from 'node:http';
import type { Answer } from './database.ts';

interface Reply extends Answer {
  readonly response: ServerResponse;
  /** On the clock of `performance.now`. */
  readonly due: number;
}

const TYPE = 'application/x-amz-json-1.0';
/** Timers count whole milliseconds, so a reply goes out at the one nearest to its time. */
const NEAREST_MS = 0.5;

/**
 * Sends each answer so many milliseconds after its request was there as a whole, however long it took to work it out. One
 * timer for all: those of Node count from the beginning of a turn of its loop, and would end early.
 */
export class Replies {
  latencyMs: number;
  readonly #waiting: Reply[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(latencyMs: number) {
    this.latencyMs = latencyMs;
  }

  send(response: ServerResponse, arrived: number, answer: Answer): void {
    const reply = { response, due: arrived + this.latencyMs, ...answer };
    if (reply.due <= performance.now()) {
      write(reply);
      return;
    }
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1]?.due ?? 0) > reply.due) place -= 1;
    this.#waiting.splice(place, 0, reply);
    if (place === 0) this.#wait();
  }

  /** Drops what waits. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const [next] = this.#waiting;
    if (next) this.#timer = setTimeout(() => this.#sendDue(), Math.max(0, Math.round(next.due - performance.now())));
  }

  #sendDue(): void {
    const now = performance.now() + NEAREST_MS;
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count]?.due ?? now) <= now) count += 1;
    for (const reply of this.#waiting.splice(0, count)) write(reply);
    this.#wait();
  }
}

function write({ response, status, body }: Reply): void {
  response.writeHead(status, { 'Content-Type': TYPE, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
