import * as z from 'zod';

/** Bytes that a state takes and gives at most. */
export const STATE_BYTES = 256 * 1024;

const retrier = z.strictObject({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number(),
  MaxAttempts: z.number(),
  BackoffRate: z.number(),
  MaxDelaySeconds: z.number(),
  JitterStrategy: z.literal('FULL'),
});
export const catcher = z.strictObject({
  ErrorEquals: z.array(z.string()),
  ResultPath: z.string().optional(),
  Next: z.string(),
});

/** A state that calls a function. */
export const task = z.strictObject({
  Type: z.literal('Task'),
  Resource: z.string(),
  Parameters: z.record(z.string(), z.unknown()).optional(),
  ResultPath: z.string().nullable().optional(),
  TimeoutSeconds: z.number(),
  Retry: z.array(retrier),
  Catch: z.array(catcher).optional(),
  Next: z.string().optional(),
  End: z.literal(true).optional(),
});

/** What each task is tried again after: the errors, and the seconds that the waits add up to at most. */
export const RETRIES = [
  {
    errors: [
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.ClientExecutionTimeoutException',
    ],
    longestWait: 122,
  },
  { errors: ['Lambda.TooManyRequestsException'], longestWait: 29 * 60 + 2 },
  { errors: ['States.TaskFailed', 'States.Timeout'], longestWait: 35 },
];

export function retriesOf({ Retry }: z.output<typeof task>): typeof RETRIES {
  return Retry.map((one) => ({ errors: one.ErrorEquals, longestWait: longestWait(one) }));
}

/** Seconds that a task may take at most, with every fault and every wait. */
export function longestSeconds(one: z.output<typeof task>): number {
  const [, crowded, unexpected] = one.Retry;
  if (!crowded || !unexpected) throw new Error('The retries have changed');
  return (unexpected.MaxAttempts + 1) * one.TimeoutSeconds + longestWait(unexpected) + longestWait(crowded);
}

/** Seconds that the waits of a retrier add up to at most. */
function longestWait({ IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds }: z.output<typeof retrier>): number {
  let sum = 0;
  for (let attempt = 0; attempt < MaxAttempts; attempt++) {
    sum += Math.min(IntervalSeconds * BackoffRate ** attempt, MaxDelaySeconds);
  }
  return sum;
}
