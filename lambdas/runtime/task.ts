import * as z from 'zod/mini';
import { LIMITS } from '../contract/limits.ts';
import { JOB_ID, PHONE_NUMBER_ID } from '../core/ids.ts';
import type { LaneInput } from '../core/jobs/process-lane.ts';
import { describeIssues } from '../http/body.ts';
import { logContext } from './log-context.ts';
import { describe, endMetrics, logger } from './logger.ts';

const jobId = z.string().check(z.regex(JOB_ID, 'must be <phone number id>-<26 letters and digits>'));
const phoneNumberId = z.string().check(z.regex(PHONE_NUMBER_ID, 'must be 1 to 32 digits'));
const wholeNumber = (least: number, most: number) =>
  z.number().check(z.int(), z.gte(least, `at least ${least}`), z.lte(most, `must have at most ${most}`));

/** A chunk has at least one entry, and a group never has more numbers than are started at once. */
const MOST_CHUNKS = LIMITS.entriesPerRequest;
const MOST_NUMBERS = 1_000;
const MOST_ATTEMPTS = 1_000;

const jobInput = z.strictObject({ jobId, run: wholeNumber(1, LIMITS.retriesPerJob + 1) });
const chunk = wholeNumber(0, MOST_CHUNKS - 1);
/** An execution that the last version started has no lanes: each of its chunks is one. */
const execution = z.extend(jobInput, {
  chunks: z.array(chunk),
  lanes: z._default(wholeNumber(1, MOST_CHUNKS), MOST_CHUNKS),
});
/** The input also has the error of the lane, which is not read. */
const laneInput = z.strictObject({ job: execution, chunk, error: z.optional(z.unknown()) });
/** What the state machine of the last version hands on: its executions may still run. */
const chunkInput = z.extend(jobInput, { chunk, error: z.optional(z.unknown()) });
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
    .check(z.maxLength(MOST_NUMBERS, `must have at most ${MOST_NUMBERS} numbers`)),
});
/** Records of a stream that has only keys: where the events are, and nothing of what they say. */
const streamInput = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.object({ Keys: z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }) }),
    }),
  ),
});
const nothing = z.strictObject({});

export function readLaneInput(event: unknown): LaneInput {
  if (typeof event === 'object' && event !== null && 'jobId' in event) {
    const { jobId, run, chunk } = parseInput(chunkInput, event);
    return { jobId, run, chunk, lanes: MOST_CHUNKS };
  }
  const { job, chunk } = parseInput(laneInput, event);
  const { jobId, run, lanes } = job;
  return { jobId, run, chunk, lanes };
}
export const readJobInput = (event: unknown) => parseInput(jobInput, event);
export const readPageInput = (event: unknown) => parseInput(pageInput, event);
export const readStreamInput = (event: unknown) =>
  parseInput(streamInput, event).Records.map(({ dynamodb: { Keys } }) => ({ partition: Keys.pk.S, id: Keys.sk.S }));
export const readNumbersInput = (event: unknown) => parseInput(numbersInput, event);

/** The input of a step is not what its state machine sends. Nothing is read or written. The message names the field. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

function parseInput<T extends z.ZodMiniType>(schema: T, event: unknown): z.output<T> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(`The input is not as expected: ${describeIssues(parsed.error.issues)}`);
}

/** The log fields of a step's input, whatever it is: the job and the chunk (of a lane, its first), if they look like one. */
const names = {
  jobId: z.catch(z.optional(jobId), undefined),
  chunk: z.catch(z.optional(z.number()), undefined),
};
const ofLog = z.catch(z.looseObject({ ...names, job: z.catch(z.optional(z.looseObject(names)), undefined) }), {
  jobId: undefined,
  chunk: undefined,
  job: undefined,
});

/**
 * Makes a handler for a step of a state machine or for a schedule. It logs once. Errors are unexpected, and are retried by
 * the policies of the caller. `summarize` gives the log fields of the result; by default, all of it.
 */
export function task<T>(
  name: string,
  run: (event: unknown) => Promise<T>,
  summarize: (result: T) => unknown = (result) => result,
): (event: unknown) => Promise<T> {
  return async (event) => {
    const startedMs = performance.now();
    const { job, jobId = job?.jobId, chunk } = ofLog.parse(event);
    try {
      const result = await logContext.run({ task: name, job_id: jobId, chunk }, () => run(event));
      const ms = Math.round(performance.now() - startedMs);
      const summary = result ? { result: summarize(result) } : {};
      logger.info('task', { task: name, job_id: jobId, chunk, ms, ...summary, ...endMetrics() });
      return result;
    } catch (error) {
      logger.error('fault', { task: name, job_id: jobId, chunk, ...describe(error), ...endMetrics() });
      throw masked(error);
    }
  };
}

/** Makes a handler for a schedule, which sends no input. */
export function scheduled<T>(name: string, run: () => Promise<T>): (event: unknown) => Promise<T> {
  return task(name, async (event) => {
    parseInput(nothing, event);
    return run();
  });
}

/** Lambda logs a thrown error with all of its fields, and Step Functions keeps its message; retries match its name. */
function masked(error: unknown): Error {
  const { error_name, error_message, stack } = describe(error);
  const copy = new Error(error_message);
  copy.name = error_name;
  if (stack !== undefined) copy.stack = stack;
  return copy;
}
