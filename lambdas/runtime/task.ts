import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import { JOB_ID, PHONE_NUMBER_ID } from '../core/ids.ts';
import { describeIssues } from '../http/body.ts';
import { describe, logger } from './logger.ts';

const jobId = z.string().check(z.regex(JOB_ID, 'must be <phone number id>-<26 letters and digits>'));
const phoneNumberId = z.string().check(z.regex(PHONE_NUMBER_ID, 'must be 1 to 32 digits'));
const wholeNumber = (least: number, most: number) =>
  z.number().check(z.int(), z.gte(least, `at least ${least}`), z.lte(most, `at most ${most}`));

/** One chunk has at least one entry, and one group never more numbers than are started at once. */
const MOST_CHUNKS = LIMITS.entriesPerRequest;
const MOST_NUMBERS = 1_000;
const MOST_ATTEMPTS = 1_000;

const jobInput = z.strictObject({ jobId, run: wholeNumber(1, LIMITS.retriesPerJob + 1) });
/** What failed a chunk comes along, and is not read. */
const chunkInput = z.extend(jobInput, { chunk: wholeNumber(0, MOST_CHUNKS - 1), error: z.optional(z.unknown()) });
const pageInput = z.strictObject({ after: z.optional(phoneNumberId) });
const numbersInput = z.strictObject({
  numbers: z
    .array(
      z.strictObject({
        phoneNumberId,
        attempts: wholeNumber(0, MOST_ATTEMPTS),
        looks: z.optional(wholeNumber(0, MOST_ATTEMPTS)),
        notBefore: z.optional(z.iso.datetime('must be an ISO 8601 date and time')),
      }),
    )
    .check(z.maxLength(MOST_NUMBERS, `at most ${MOST_NUMBERS} numbers`)),
});
const nothing = z.strictObject({});

export const readChunkInput = (event: unknown) => parseInput(chunkInput, event);
export const readJobInput = (event: unknown) => parseInput(jobInput, event);
export const readPageInput = (event: unknown) => parseInput(pageInput, event);
export const readNumbersInput = (event: unknown) => parseInput(numbersInput, event);

/** What a step is given is not what its machine sends: nothing is read or written. The message names the field. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

function parseInput<T extends z.ZodMiniType>(schema: T, event: unknown): z.output<T> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(`The input is not as expected: ${describeIssues(parsed.error.issues)}`);
}

/** What the line of a step says of its input, whatever that is: a job and a chunk, and nothing that only stands in their place. */
const ofLog = z.catch(
  z.looseObject({ jobId: z.catch(z.optional(jobId), undefined), chunk: z.catch(z.optional(z.number()), undefined) }),
  { jobId: undefined, chunk: undefined },
);

/**
 * A step of a state machine, or what a schedule calls: logs once. What it throws is unexpected, and retried by the policies
 * of whoever called. `summarize` is what the line says of the result: by default all of it.
 */
export function task<T>(
  name: string,
  run: (event: unknown) => Promise<T>,
  summarize: (result: T) => unknown = (result) => result,
): (event: unknown) => Promise<T> {
  return async (event) => {
    const startedMs = performance.now();
    const { jobId, chunk } = ofLog.parse(event);
    try {
      const result = await run(event);
      const ms = Math.round(performance.now() - startedMs);
      logger.info('task', { task: name, job_id: jobId, chunk, ms, ...(result ? { result: summarize(result) } : {}) });
      return result;
    } catch (error) {
      logger.error('fault', { task: name, job_id: jobId, chunk, ...describe(error) });
      throw masked(error);
    }
  };
}

/** What a schedule calls, with nothing but its call. */
export function scheduled<T>(name: string, run: () => Promise<T>): (event: unknown) => Promise<T> {
  return task(name, async (event) => {
    parseInput(nothing, event);
    return run();
  });
}

/** Lambda logs what is thrown with all of its fields, and Step Functions keeps its message; retries match its name. */
function masked(error: unknown): Error {
  const { error_name, error_message, stack } = describe(error);
  const copy = new Error(error_message);
  copy.name = error_name;
  if (stack !== undefined) copy.stack = stack;
  return copy;
}
