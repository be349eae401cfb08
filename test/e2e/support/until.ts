import { setTimeout as pause } from 'node:timers/promises';

/** What takes long is asked after less and less often, so that the questions do not slow it down. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;
const GROWTH = 1.1;

/** Asks until there is an answer; fails, with what it waited for, when the time is over. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, deadlineMs = 60_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${deadlineMs / 1000} s: ${what}`);
    await pause(pauseMs);
  }
}
