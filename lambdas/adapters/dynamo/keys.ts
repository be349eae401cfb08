import { hash } from 'node:crypto';
import { TABLE } from '../../contract/table.ts';
import type { ScheduledAction } from '../../core/changes/attempt-context.ts';
import type { AuditEvent } from '../../core/history/audit-event.ts';

/**
 * Every key of the table, in one place (see `docs/data-model.md`). Under one partition key, a list of 64,000 users would be
 * limited to 1,000 writes a second, so the users of a number are spread over `SHARDS` partitions.
 */
export const SHARDS = 16;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Whose an audit event is, when it was, and by which operation: what its key is made of. */
type EventKey = Pick<AuditEvent, 'user' | 'at' | 'operationId'>;

export function shardOf(id: string): number {
  return Number.parseInt(hash('sha1', id).slice(0, 2), 16) % SHARDS;
}

const LIST = 'LIST#';
const USER = 'USER#';
const HISTORY = 'AUDIT#';
const JOB = 'JOB#';
const CHUNK = 'CHUNK#';
const OPERATIONS = 'OPS#';
const OPERATION_DAY = 'OPSDAY#';
const NUMBER = 'NUMBER#';
const NUMBERS = 'NUMBERS';
const JOBS = 'JOBS';
const PROTECTED = 'PROTECTED';

export const keys = {
  shard: (phoneNumberId: string, shard: number) => `${LIST}${phoneNumberId}#${String(shard).padStart(2, '0')}`,
  /** A user's mirror item, or an alias under another id of the user. */
  user: (phoneNumberId: string, id: string): Key => ({
    pk: keys.shard(phoneNumberId, shardOf(id)),
    sk: USER + id,
  }),
  userPrefix: USER,
  userSortKey: (id: string) => USER + id,
  userOf: (sk: string) => sk.slice(USER.length),
  /** Events that concern every number are under `EVERY_NUMBER`. */
  history: (phoneNumberId: string, user: string) => `${HISTORY}${phoneNumberId}#${user}`,
  event: (phoneNumberId: string, { user, at, operationId }: EventKey): Key => ({
    pk: keys.history(phoneNumberId, user),
    sk: `${at}#${operationId}`,
  }),
  ofEvent: (pk: string, sk: string): EventKey => ({
    user: pk.slice(pk.indexOf('#', HISTORY.length) + 1),
    at: sk.slice(0, sk.indexOf('#')),
    operationId: sk.slice(sk.indexOf('#') + 1),
  }),
  /** By day, so that no partition of a busy number grows without limit. */
  operation: (phoneNumberId: string, startedAt: string, operationId: string): Key => ({
    pk: `${keys.operations(phoneNumberId)}${startedAt.slice(0, 10)}`,
    sk: operationId,
  }),
  /** The prefix of the partitions of a number's operations. */
  operations: (phoneNumberId: string) => `${OPERATIONS}${phoneNumberId}#`,
  /** The number of a mirror item. */
  numberOfUser: (pk: string) => pk.slice(LIST.length, pk.lastIndexOf('#')),
  /** Marks a day with operations of the number. */
  operationDay: (phoneNumberId: string, startedAt: string): Key => ({
    pk: keys.number(phoneNumberId),
    sk: OPERATION_DAY + startedAt.slice(0, 10),
  }),
  dayOfMark: (sk: string) => sk.slice(OPERATION_DAY.length),
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
  numberOf: (pk: string) => pk.slice(NUMBER.length),
  jobPrefix: JOB,
  /** Every job of every number in the order of time; the item holds the job's id. */
  jobEntry: (jobId: string): Key => {
    const dash = jobId.lastIndexOf('-');
    return { pk: JOBS, sk: `${jobId.slice(dash + 1)}#${jobId.slice(0, dash)}` };
  },
  jobs: JOBS,
  /** The prefix of the entries of the jobs of one batch. */
  batchEntries: (batchId: string) => `${batchId}#`,
  chunks: (jobId: string) => JOB + jobId,
  chunkPrefix: CHUNK,
  chunk: (jobId: string, index: number): Key => ({ pk: keys.chunks(jobId), sk: CHUNK + number(index) }),
  chunkUsers: (jobId: string, index: number): Key => ({ pk: keys.chunks(jobId), sk: `USERS#${number(index)}` }),
  chunkOutcomes: (jobId: string, index: number): Key => ({ pk: keys.chunks(jobId), sk: `OUTCOMES#${number(index)}` }),
  /** Users that the jobs of a batch share, under the key that the jobs have. */
  sharedUsers: (sharedUsersKey: string, index: number): Key => ({
    pk: `BATCH#${sharedUsersKey}`,
    sk: `USERS#${number(index)}`,
  }),
  idempotency: (phoneNumberId: string, key: string): Key => ({ pk: `IDEM#${phoneNumberId}`, sk: key }),
  protectedUser: (user: string): Key => ({ pk: PROTECTED, sk: user }),
  protectedUsers: PROTECTED,
  /** An event that waits to be published, spread by its number: thousands of jobs may end at once. */
  waitingEvent: (phoneNumberId: string, eventId: string): Key => ({
    pk: keys.outboxShard(shardOf(phoneNumberId)),
    sk: eventId,
  }),
  outboxShard: (shard: number) => TABLE.outbox + String(shard).padStart(2, '0'),
  /** For a request for several numbers. A phone number id is digits, so no number has this partition. */
  batch: (key: string): Key => ({ pk: 'IDEM#BATCH', sk: key }),
} as const;

/**
 * Partitions of the index `scheduled`, which finds stalled work. Every operation passes through it, and one partition takes
 * 1,000 writes a second, so operations are spread by their number.
 */
export const SCHEDULED = {
  operations: (phoneNumberId: string) => SCHEDULED.operationsInShard(shardOf(phoneNumberId)),
  operationsInShard: (shard: number) => `OPERATIONS#${String(shard).padStart(2, '0')}`,
  /** For users, by their scheduled action, spread by user, since a whole list may end in the same minute. */
  users: (action: ScheduledAction, user: string) => SCHEDULED.usersInShard(action, shardOf(user)),
  usersInShard: (action: ScheduledAction, shard: number) => `${action.toUpperCase()}#${String(shard).padStart(2, '0')}`,
  jobs: 'JOBS',
} as const;

function number(index: number): string {
  return String(index).padStart(4, '0');
}
