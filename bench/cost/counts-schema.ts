import * as z from 'zod';

const functionCount = z.strictObject({
  calls: z.number(),
  /** Milliseconds in all in which the function waited, and in which it used a whole CPU. */
  waitMs: z.number(),
  cpuMs: z.number(),
  lines: z.number(),
  logBytes: z.number(),
});

/** What was counted of something that the service does: once, or on average of a few times. */
export const activity = z.strictObject({
  functions: z.record(z.string(), functionCount),
  readUnits: z.number(),
  writeUnits: z.number(),
  dynamoCalls: z.number(),
  graphCalls: z.number(),
  secretReads: z.number(),
});
export type Activity = z.output<typeof activity>;

export const ACTIVITIES = [
  'job',
  'refusedJob',
  'unblockJob',
  'blockOne',
  'blockThousand',
  'lookUpOne',
  'lookUpThousand',
  'inStepEmpty',
  'inStepThousand',
  'inStepFull',
  'listHundredNumbers',
  'expire',
  'deferred',
  'sweep',
  'tokenCheck',
] as const;
export type ActivityName = (typeof ACTIVITIES)[number];

const transitions = z.strictObject({
  job: z.strictObject({ perJob: z.number(), perChunk: z.number(), perWait: z.number() }),
  reconciliation: z.strictObject({
    perRun: z.number(),
    perPage: z.number(),
    perGroup: z.number(),
    perWait: z.number(),
  }),
});

export const countsSchema = z.strictObject({
  /** Milliseconds that each call to DynamoDB and to Graph took. */
  dynamoMs: z.number(),
  graphMs: z.number(),
  node: z.string(),
  stack: z.strictObject({
    memoryMb: z.record(z.string(), z.number()),
    alarms: z.number(),
    secrets: z.number(),
    keys: z.number(),
    transitions,
    config: z.strictObject({
      minutes: z.record(z.string(), z.number()),
      jobConcurrency: z.number(),
      reconcileConcurrency: z.number(),
      chunkSize: z.number(),
      requestsPerSecond: z.number(),
    }),
    events: z.strictObject({ job: z.number(), chunk: z.number(), run: z.number(), group: z.number() }),
  }),
  activities: z.record(z.enum(ACTIVITIES), activity),
});
export type CostCounts = z.output<typeof countsSchema>;
