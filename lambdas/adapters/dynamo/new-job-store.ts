import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract/table.ts';
import { DependencyError } from '../../core/errors.ts';
import { isoTime } from '../../core/iso-time.ts';
import { newChunk } from '../../core/jobs/chunks.ts';
import { type Chunk, isFinal, type Job } from '../../core/jobs/job.ts';
import type { IdempotencyRecord, NewJob, NewJobStore } from '../../core/ports/job-store.ts';
import type { Entry } from '../../core/users/entries.ts';
import { chunkItem, parseChunk, parseIdempotency, parseJob, usersItem } from './job-items.ts';
import { keys, SCHEDULED } from './keys.ts';
import { queryAll } from './query.ts';
import { inDays, type Retention } from './retention.ts';
import { batchGet, batchPut, fromItem, type Item, type Table, toItem } from './table.ts';
import { type TransactItems, transact } from './transact.ts';

export interface JobStoreSettings extends Pick<Retention, 'jobDays'> {
  /** Milliseconds after which the sweep checks a job that has not ended. */
  readonly jobIdleMs: number;
}

/**
 * The part of the store that accepting a job needs. It is separate, so that functions for which callers wait load nothing for
 * the work on chunks.
 */
export class DynamoNewJobStore implements NewJobStore {
  protected readonly table: Table;
  protected readonly settings: JobStoreSettings;

  constructor(table: Table, settings: JobStoreSettings) {
    this.table = table;
    this.settings = settings;
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
    await this.putChunks({ job, chunks });
    if (idempotency) return this.#putWithKey(job, idempotency);
    await transact(this.table, this.putJob(job));
    return undefined;
  }

  protected putChunks({ job, chunks }: NewJob): Promise<void> {
    const ttl = this.#ttlOf(job);
    return batchPut(
      this.table,
      chunks.flatMap((entries, index): Item[] => {
        return [
          { ...usersItem(keys.chunkUsers(job.id, index), entries), ttl },
          { ...chunkItem(job.id, newChunk(index, entries, job.run)), ttl },
        ];
      }),
    );
  }

  /** The job and its entry, as parts of a transaction. */
  protected putJob(job: Job): TransactItems {
    const ttl = this.#ttlOf(job);
    const item = { ...keys.job(job.id), ...job, ttl, ...this.scheduled(job.createdAt) };
    const entry = { ...keys.jobEntry(job.id), jobId: job.id, ttl };
    return [item, entry].map((one) => ({ Put: { TableName: this.table.name, Item: toItem(one) } }));
  }

  #ttlOf({ createdAt }: Job): number {
    return inDays(Date.parse(createdAt), this.settings.jobDays);
  }

  protected scheduled(createdAt: string) {
    return { scheduledBucket: SCHEDULED.jobs, scheduledAt: this.scheduledAt(createdAt) };
  }

  protected scheduledAt(now: string): string {
    return isoTime(Date.parse(now) + this.settings.jobIdleMs);
  }

  /** The job and its idempotency record together. Gives the other record if another request was first. */
  async #putWithKey(
    job: Job,
    { key, bodyHash }: { key: string; bodyHash: string },
  ): Promise<IdempotencyRecord | undefined> {
    const createdMs = Date.parse(job.createdAt);
    const TableName = this.table.name;
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
    if (await transact(this.table, [{ Put: put }, ...this.putJob(job)])) return undefined;
    const earlier = await this.findIdempotent(job.phoneNumberId, key);
    if (!earlier) throw new DependencyError('The record of an idempotency key disappeared while it was being read');
    return earlier;
  }

  async getJob(jobId: string): Promise<Job | undefined> {
    const item = await this.#get(keys.job(jobId));
    return item && parseJob(item);
  }

  async listOpenJobs(phoneNumberIds: readonly string[]): Promise<Job[]> {
    const numbers = new Set(phoneNumberIds.map((id) => keys.number(id)));
    const found = await queryAll(this.table, {
      IndexName: TABLE.scheduledIndex,
      KeyConditionExpression: 'scheduledBucket = :jobs',
      ExpressionAttributeValues: toItem({ ':jobs': SCHEDULED.jobs }),
    });
    const wanted = found.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })).filter(({ pk }) => numbers.has(pk));
    const jobs = (await batchGet(this.table, wanted, true)).map(parseJob);
    // The index is a moment behind the table.
    return jobs.filter(({ status }) => !isFinal(status));
  }

  async listChunks(jobId: string): Promise<Chunk[]> {
    const items = await queryAll(this.table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunk)',
      ExpressionAttributeValues: toItem({ ':pk': keys.chunks(jobId), ':chunk': keys.chunkPrefix }),
      ConsistentRead: true,
    });
    return items.map(parseChunk);
  }

  async #get(key: { pk: string; sk: string }): Promise<Item | undefined> {
    const answer = await this.table.client.send(
      new GetItemCommand({ TableName: this.table.name, Key: toItem(key), ConsistentRead: true }),
    );
    return answer.Item && fromItem(answer.Item);
  }
}
