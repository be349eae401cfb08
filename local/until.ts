import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, backoff } from '../lambdas/core/backoff.ts';
import { PlainError } from '../lib/plain-error.ts';

/** Milliseconds between the questions: what takes long is asked after less and less often, so that asking does not slow it down. */
const PAUSES: Backoff = { first: 50, longest: 500, factor: 1.1 };

/** Asks until there is an answer; throws a `PlainError` that says what it waited for when the time is over. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, deadlineMs = 60_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new PlainError(`Not within ${deadlineMs / 1000} s: ${what}`);
    await pause(backoff(attempt, PAUSES));
  }
}
