import { z } from 'zod';
import { place } from './place.ts';

const SETTING = 'stepfunctions._SFN_WAIT_SCALE';
const answer = z.object({ applied: z.object({ [SETTING]: z.number() }) });

/**
 * From now on a workflow's Wait lasts this much of its time: 0 is how every test file begins, and has to leave it. A Wait
 * that has begun is not changed.
 */
export async function scaleWaits(scale: number): Promise<void> {
  const { endpoint } = place.stack;
  const response = await fetch(`${endpoint}/_ministack/config`, {
    method: 'POST',
    body: JSON.stringify({ [SETTING]: scale }),
  });
  answer.parse(await response.json());
}

/** Waits of that scale while `use` runs. */
export async function withWaits<T>(scale: number, use: () => Promise<T>): Promise<T> {
  await scaleWaits(scale);
  try {
    return await use();
  } finally {
    await scaleWaits(0);
  }
}
