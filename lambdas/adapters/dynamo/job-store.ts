import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract/table.ts';
import { DependencyError, MissingDataError } from '../../core/errors.ts';
import { isoTime } from '../../core/iso-time.ts';
import { newChunk } from '../../core/jobs/chunks.ts';
import {
  type Chunk,
  type ChunkOutcomes,
  isFinal,
  type Job,
  type JobError,
  type LoadedChunk,
} from '../../core/jobs/job.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import type {
  BatchRecord,
  IdempotencyRecord,
  JobStore,
  JobsPage,
  JobsQuery,
  NewJob,
} from '../../core/ports/job-store.ts';
import type { Asked } from '../../core/users/asked.ts';
import type { Entry } from '../../core/users/entries.ts';
import { createJobs, findBatch, keepBatch } from './job-batches.ts';
import * as changes from './job-changes.ts';
import {
  chunkItem,
  outcomesItem,
  parseChunk,
  parseIdempotency,
  parseJob,
  parseOutcomes,
  parseUsers,
  sharedUsersKeyOf,
  usersItem,
} from './job-items.ts';
import { keys, SCHEDULED } from './keys.ts';
import { pageJobs } from './page-jobs.ts';
import { queryAll } from './query.ts';
import { inDays, type Retention } from './retention.ts';
import { batchGet, batchPut, CONCURRENCY, fromItem, type Item, type Table, toItem, unlessRefused } from './table.ts';
import { type TransactItems, transact } from './transact.ts';

export interface JobStoreSettings extends Pick<Retention, 'jobDays'> {
  /** Milliseconds after which the sweep checks a job that has not ended. */
  readonly jobIdleMs: number;
}

/** Jobs in DynamoDB. Access patterns and keys: `docs/data-model.md`. */
export class DynamoJobStore implements JobStore {
  readonly #table: Table;
  readonly #settings: JobStoreSettings;

  constructor(table: Table, settings: JobStoreSettings) {
    this.#table = table;
    this.#settings = settings;
  }

  async findIdempotent(phoneNumberId: string, key: string): Promise<IdempotencyRecord | undefined> {
    const item = await this.#get(keys.idempotency(phoneNumberId, key));
    if (!item) return undefined;
    const record = parseIdempotency(item);
    // DynamoDB deletes expired items within days, not at once.
    return record.ttl * 1000 > Date.now() ? record : undefined;
  }

  async createJob(
    job: Job,
    chunks: readonly (readonly Entry[])[],
    idempotency: { key: string; bodyHash: string } | undefined,
  ): Promise<IdempotencyRecord | undefined> {
    const ttl = inDays(Date.parse(job.createdAt), this.#settings.jobDays);
    await batchPut(
      this.#table,
      chunks.flatMap((entries, index): Item[] => {
        return [
          { ...usersItem(keys.chunkUsers(job.id, index), entries), ttl },
          { ...chunkItem(job.id, newChunk(index, entries, job.run)), ttl },
        ];
      }),
    );
    const item = { ...keys.job(job.id), ...job, ttl, ...this.#scheduled(job.createdAt) };
    const entry = { ...keys.jobEntry(job.id), jobId: job.id, ttl };
    if (idempotency) return this.#putWithKey(job, [item, entry], idempotency);
    await transact(this.#table, this.#puts([item, entry]));
    return undefined;
  }

  findBatch(key: string, now: string): Promise<BatchRecord | undefined> {
    return findBatch(this.#table, key, now);
  }

  keepBatch(key: string, record: BatchRecord, now: string): Promise<BatchRecord> {
    return keepBatch(this.#table, key, { record, now });
  }

  createJobs(batch: readonly NewJob[]): Promise<void> {
    const { jobDays } = this.#settings;
    return createJobs(this.#table, batch, { jobDays, scheduledAt: (createdAt) => this.#scheduled(createdAt) });
  }

  #scheduled(createdAt: string) {
    return { scheduledBucket: SCHEDULED.jobs, scheduledAt: this.#scheduledAt(createdAt) };
  }

  #scheduledAt(now: string): string {
    return isoTime(Date.parse(now) + this.#settings.jobIdleMs);
  }

  #puts(items: readonly Item[]): TransactItems {
    return items.map((item) => ({ Put: { TableName: this.#table.name, Item: toItem(item) } }));
  }

  /** The job and its idempotency record together. Gives the other record if another request was first. */
  async #putWithKey(
    job: Job,
    items: readonly Item[],
    { key, bodyHash }: { key: string; bodyHash: string },
  ): Promise<IdempotencyRecord | undefined> {
    const createdMs = Date.parse(job.createdAt);
    const TableName = this.#table.name;
    const record = {
      ...keys.idempotency(job.phoneNumberId, key),
      bodyHash,
      jobId: job.id,
      ttl: inDays(createdMs, 1),
    };
    const put = {
      TableName,
      Item: toItem(record),
      ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :now',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: toItem({ ':now': Math.floor(createdMs / 1000) }),
    };
    if (await transact(this.#table, [{ Put: put }, ...this.#puts(items)])) return undefined;
    const earlier = await this.findIdempotent(job.phoneNumberId, key);
    if (!earlier) throw new DependencyError('The record of an idempotency key disappeared while it was being read');
    return earlier;
  }

  async getJob(jobId: string): Promise<Job | undefined> {
    const item = await this.#get(keys.job(jobId));
    return item && parseJob(item);
  }

  async getJobs(jobIds: readonly string[]): Promise<Job[]> {
    const wanted = jobIds.map((id) => keys.job(id));
    return (await batchGet(this.#table, wanted, true)).map(parseJob);
  }

  pageJobs(page: JobsQuery): Promise<JobsPage> {
    return pageJobs(this.#table, page);
  }

  async listOpenJobs(phoneNumberIds: readonly string[]): Promise<Job[]> {
    const numbers = new Set(phoneNumberIds.map((id) => keys.number(id)));
    const found = await queryAll(this.#table, {
      IndexName: TABLE.scheduledIndex,
      KeyConditionExpression: 'scheduledBucket = :jobs',
      ExpressionAttributeValues: toItem({ ':jobs': SCHEDULED.jobs }),
    });
    const wanted = found.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })).filter(({ pk }) => numbers.has(pk));
    const jobs = (await batchGet(this.#table, wanted, true)).map(parseJob);
    // The index is a moment behind the table.
    return jobs.filter(({ status }) => !isFinal(status));
  }

  async listChunks(jobId: string): Promise<Chunk[]> {
    const items = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunk)',
      ExpressionAttributeValues: toItem({ ':pk': keys.chunks(jobId), ':chunk': keys.chunkPrefix }),
      ConsistentRead: true,
    });
    return items.map(parseChunk);
  }

  async loadChunk(jobId: string, index: number): Promise<LoadedChunk> {
    const [loaded] = await this.loadChunks(jobId, [index]);
    if (!loaded) throw new MissingDataError(`Chunk ${index} of job ${jobId} is missing`);
    return loaded;
  }

  async loadChunks(jobId: string, indexes: readonly number[]): Promise<LoadedChunk[]> {
    const wanted = indexes.flatMap((index) => [
      keys.chunk(jobId, index),
      keys.chunkUsers(jobId, index),
      keys.chunkOutcomes(jobId, index),
    ]);
    const items = bySortKey(await batchGet(this.#table, wanted, true));
    const elsewhere = indexes.flatMap((index) => {
      const sharedUsersKey = sharedUsersKeyOf(items.get(keys.chunk(jobId, index).sk) ?? {});
      return sharedUsersKey === undefined ? [] : [keys.sharedUsers(sharedUsersKey, index)];
    });
    const shared = bySortKey(await batchGet(this.#table, elsewhere, true));
    return indexes.map((index) => {
      const chunk = items.get(keys.chunk(jobId, index).sk);
      const ofUsers = keys.chunkUsers(jobId, index).sk;
      const users = items.get(ofUsers) ?? shared.get(ofUsers);
      const outcomes = items.get(keys.chunkOutcomes(jobId, index).sk);
      if (!chunk || !users) throw new MissingDataError(`Chunk ${index} of job ${jobId} is missing`);
      return {
        chunk: parseChunk(chunk),
        entries: parseUsers(users),
        outcomes: outcomes ? parseOutcomes(outcomes) : { placed: [] },
      };
    });
  }

  /** Updates instead of puts, so that the time to live of the chunk's creation stays. */
  saveChunk(jobId: string, chunk: Chunk, outcomes?: ChunkOutcomes): Promise<boolean> {
    const fields = Object.entries(chunk);
    const set = fields.filter(([, value]) => value !== undefined);
    const remove = ['batchSize', 'current', 'lastCode'].filter((name) => !set.some(([field]) => field === name));
    const names = Object.fromEntries([...set.map(([name]) => name), ...remove].map((name) => [`#${name}`, name]));
    const values = Object.fromEntries(set.map(([name, value]) => [`:${name}`, value]));
    const TableName = this.#table.name;
    const update = {
      TableName,
      Key: toItem(keys.chunk(jobId, chunk.index)),
      UpdateExpression: [
        `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        remove.length > 0 ? `REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '',
      ].join(' '),
      ConditionExpression: '#revision = :expected',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: toItem({ ...values, ':expected': chunk.revision - 1 }),
    };
    if (!outcomes) return unlessRefused(this.#table.client.send(new UpdateItemCommand(update)));
    const ttl = inDays(Date.now(), this.#settings.jobDays);
    const item = { ...outcomesItem(keys.chunkOutcomes(jobId, chunk.index), outcomes), ttl };
    return transact(this.#table, [{ Update: update }, { Put: { TableName, Item: toItem(item) } }]);
  }

  markRunning(jobId: string, startedAt: string): Promise<void> {
    return this.#change(jobId, changes.running(startedAt));
  }

  stopJob({ id, run }: Pick<Job, 'id' | 'run'>, error: JobError): Promise<void> {
    return this.#change(id, changes.stopped(run, error));
  }

  finishJob({ id, run }: Pick<Job, 'id' | 'run'>, end: Parameters<JobStore['finishJob']>[1]): Promise<void> {
    return this.#change(id, changes.finished(run, end));
  }

  cancelJob(jobId: string, asked: Asked): Promise<void> {
    return this.#change(jobId, changes.cancelled(asked));
  }

  async reopenJob(job: Parameters<JobStore['reopenJob']>[0], asked: Asked): Promise<void> {
    const ttl = inDays(Date.parse(asked.at), this.#settings.jobDays);
    // This comes first: no part of a job may expire while it runs again.
    await this.#keepChunks(job, ttl);
    await this.#change(job.id, changes.reopened(job, asked, { scheduledAt: this.#scheduledAt(asked.at), ttl }));
  }

  async #keepChunks(
    { id, chunkCount, sharedUsersKey }: Parameters<JobStore['reopenJob']>[0],
    ttl: number,
  ): Promise<void> {
    const indexes = Array.from({ length: chunkCount }, (_, index) => index);
    const items = indexes.flatMap((index) => [
      keys.chunk(id, index),
      sharedUsersKey === undefined ? keys.chunkUsers(id, index) : keys.sharedUsers(sharedUsersKey, index),
      keys.chunkOutcomes(id, index),
    ]);
    await mapConcurrent([...items, keys.jobEntry(id)], CONCURRENCY, async (key) => {
      const keep = new UpdateItemCommand({
        TableName: this.#table.name,
        Key: toItem(key),
        UpdateExpression: 'SET #ttl = :ttl',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#ttl': TABLE.ttl },
        ExpressionAttributeValues: toItem({ ':ttl': ttl }),
      });
      await unlessRefused(this.#table.client.send(keep));
    });
  }

  nextExecution({ id, execution }: Pick<Job, 'id' | 'execution'>): Promise<void> {
    return this.#change(id, changes.nextExecution(execution));
  }

  async listStalledJobs(now: string): Promise<string[]> {
    const items = await queryAll(this.#table, {
      IndexName: TABLE.scheduledIndex,
      KeyConditionExpression: 'scheduledBucket = :jobs AND scheduledAt <= :now',
      ExpressionAttributeValues: toItem({ ':jobs': SCHEDULED.jobs, ':now': now }),
    });
    return items.map(({ pk, sk }) => keys.jobId(String(pk), String(sk)));
  }

  postponeJob(jobId: string, now: string): Promise<void> {
    return this.#change(jobId, changes.postponed(this.#scheduledAt(now)));
  }

  async #change(jobId: string, change: changes.JobChange): Promise<void> {
    const update = { TableName: this.#table.name, Key: toItem(keys.job(jobId)), ...change };
    await unlessRefused(this.#table.client.send(new UpdateItemCommand(update)));
  }

  async #get(key: { pk: string; sk: string }): Promise<Item | undefined> {
    const answer = await this.#table.client.send(
      new GetItemCommand({ TableName: this.#table.name, Key: toItem(key), ConsistentRead: true }),
    );
    return answer.Item && fromItem(answer.Item);
  }
}

function bySortKey(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [String(item.sk), item]));
}
