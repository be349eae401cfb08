import * as z from 'zod/mini';
import { describe, logger } from './logger.ts';

const jobInput = z.looseObject({ jobId: z.string(), run: z.number().check(z.int(), z.positive()) });
const chunkInput = z.extend(jobInput, { chunk: z.number().check(z.int(), z.nonnegative()) });
const pageInput = z.looseObject({ after: z.optional(z.string()) });
const numbersInput = z.looseObject({
  numbers: z.array(
    z.object({
      phoneNumberId: z.string(),
      attempts: z.number().check(z.int(), z.nonnegative()),
      looks: z.optional(z.number().check(z.int(), z.nonnegative())),
      notBefore: z.optional(z.string()),
    }),
  ),
});

export const readChunkInput = (event: unknown) => chunkInput.parse(event);
export const readJobInput = (event: unknown) => jobInput.parse(event);
export const readPageInput = (event: unknown) => pageInput.parse(event);
export const readNumbersInput = (event: unknown) => numbersInput.parse(event);

/**
 * A step of a state machine, or what a schedule calls: logs once. What it throws is unexpected, and retried by the policies
 * of whoever called. `told` is what the line says of the result: by default all of it.
 */
export function task<T>(
  name: string,
  run: (event: unknown) => Promise<T>,
  told: (result: T) => unknown = (result) => result,
): (event: unknown) => Promise<T> {
  return async (event) => {
    const startedMs = performance.now();
    const { jobId, chunk } = z
      .looseObject({ jobId: z.optional(z.string()), chunk: z.optional(z.number()) })
      .parse(event);
    try {
      const result = await run(event);
      const ms = Math.round(performance.now() - startedMs);
      logger.info('task', { task: name, job_id: jobId, chunk, ms, ...(result ? { result: told(result) } : {}) });
      return result;
    } catch (error) {
      logger.error('fault', { task: name, job_id: jobId, chunk, ...describe(error) });
      throw masked(error);
    }
  };
}

/** Lambda logs what is thrown with all of its fields, and Step Functions keeps its message; retries match its name. */
function masked(error: unknown): Error {
  const { error_name, error_message, stack } = describe(error);
  const copy = new Error(error_message);
  copy.name = error_name;
  if (stack !== undefined) copy.stack = stack;
  return copy;
}
