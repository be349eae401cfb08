import { createHash } from 'node:crypto';

/**
 * Every key string of the table, in one place (see `docs/data-model.md`). A list of 64,000 users under one partition key
 * would be held to 1,000 writes a second, so a number's users are spread over `SHARDS` partitions.
 */
export const SHARDS = 16;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export function shardOf(id: string): number {
  return (createHash('sha1').update(id).digest()[0] ?? 0) % SHARDS;
}

const USER = 'USER#';
const JOB = 'JOB#';
const CHUNK = 'CHUNK#';
const OPERATIONS = 'OPS#';
const NUMBER = 'NUMBER#';
const NUMBERS = 'NUMBERS';
const JOBS = 'JOBS';

export const keys = {
  shard: (phoneNumberId: string, shard: number) => `LIST#${phoneNumberId}#${String(shard).padStart(2, '0')}`,
  /** A user's mirror item, or the alias that stands where the user is known by another id. */
  user: (phoneNumberId: string, id: string): Key => ({
    pk: keys.shard(phoneNumberId, shardOf(id)),
    sk: USER + id,
  }),
  userPrefix: USER,
  userSortKey: (id: string) => USER + id,
  userOf: (sk: string) => sk.slice(USER.length),
  history: (phoneNumberId: string, user: string) => `AUDIT#${phoneNumberId}#${user}`,
  event: (phoneNumberId: string, user: string, at: string, operationId: string): Key => ({
    pk: keys.history(phoneNumberId, user),
    sk: `${at}#${operationId}`,
  }),
  /** By day, so that no partition of a busy number grows without bound. */
  operation: (phoneNumberId: string, startedAt: string, operationId: string): Key => ({
    pk: `${keys.operations(phoneNumberId)}${startedAt.slice(0, 10)}`,
    sk: operationId,
  }),
  /** What the partitions of a number's operations begin with. */
  operations: (phoneNumberId: string) => `${OPERATIONS}${phoneNumberId}#`,
  numberOfOperation: (pk: string) => pk.slice(OPERATIONS.length, pk.lastIndexOf('#')),
  summary: (phoneNumberId: string): Key => ({ pk: keys.number(phoneNumberId), sk: 'SUMMARY' }),
  registry: (phoneNumberId: string): Key => ({ pk: NUMBERS, sk: phoneNumberId }),
  numbers: NUMBERS,
  /** The job id is `<phone number id>-<ULID>`, so no index is needed to find a job by its id. */
  job: (jobId: string): Key => {
    const dash = jobId.lastIndexOf('-');
    return { pk: keys.number(jobId.slice(0, dash)), sk: JOB + jobId.slice(dash + 1) };
  },
  jobId: (pk: string, sk: string) => `${pk.slice(NUMBER.length)}-${sk.slice(JOB.length)}`,
  number: (phoneNumberId: string) => NUMBER + phoneNumberId,
  jobPrefix: JOB,
  /** Every job of every number in the order of time; the item holds the job's id. */
  jobEntry: (jobId: string): Key => {
    const dash = jobId.lastIndexOf('-');
    return { pk: JOBS, sk: `${jobId.slice(dash + 1)}#${jobId.slice(0, dash)}` };
  },
  jobs: JOBS,
  chunks: (jobId: string) => JOB + jobId,
  chunkPrefix: CHUNK,
  chunk: (jobId: string, index: number): Key => ({ pk: keys.chunks(jobId), sk: CHUNK + number(index) }),
  chunkUsers: (jobId: string, index: number): Key => ({ pk: keys.chunks(jobId), sk: `USERS#${number(index)}` }),
  chunkOutcomes: (jobId: string, index: number): Key => ({ pk: keys.chunks(jobId), sk: `OUTCOMES#${number(index)}` }),
  idempotency: (phoneNumberId: string, key: string): Key => ({ pk: `IDEM#${phoneNumberId}`, sk: key }),
} as const;

/**
 * Partitions of the `due` index: what stopped moving is found here. Every operation passes through it, and one partition
 * takes 1,000 writes a second, so operations are spread by their number.
 */
export const DUE = {
  operations: (phoneNumberId: string) => DUE.operationsOf(shardOf(phoneNumberId)),
  operationsOf: (shard: number) => `OPERATIONS#${String(shard).padStart(2, '0')}`,
  jobs: 'JOBS',
} as const;

function number(index: number): string {
  return String(index).padStart(4, '0');
}
