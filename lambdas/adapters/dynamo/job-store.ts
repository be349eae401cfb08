import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract/table.ts';
import { MissingDataError } from '../../core/errors.ts';
import type { Chunk, Job, JobError, LoadedChunk } from '../../core/jobs/job.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import type { BatchRecord, JobStore, JobsPage, JobsQuery, NewJob, WithChunk } from '../../core/ports/job-store.ts';
import { settleAll } from '../../core/settle-all.ts';
import type { Asked } from '../../core/users/asked.ts';
import { createJobs, findBatch, keepBatch } from './job-batches.ts';
import * as changes from './job-changes.ts';
import { outcomesItem, parseChunk, parseJob, parseOutcomes, parseUsers, sharedUsersKeyOf } from './job-items.ts';
import { keys, SCHEDULED } from './keys.ts';
import { DynamoNewJobStore, type JobStoreSettings } from './new-job-store.ts';
import { OperationDays } from './operation-days.ts';
import { operationItem } from './operations.ts';
import { recordEvent } from './outbox.ts';
import { pageJobs } from './page-jobs.ts';
import { queryAll } from './query.ts';
import { inDays, type Retention } from './retention.ts';
import { saveChunk } from './save-chunk.ts';
import { batchGet, CONCURRENCY, type Item, type Table, toItem, unlessRefused } from './table.ts';
import { transact } from './transact.ts';

/** Jobs in DynamoDB. Access patterns and keys: `docs/data-model.md`. */
export class DynamoJobStore extends DynamoNewJobStore implements JobStore {
  declare protected readonly settings: JobStoreSettings & Pick<Retention, 'auditDays'>;
  readonly #days: OperationDays;

  constructor(table: Table, settings: JobStoreSettings & Pick<Retention, 'auditDays'>) {
    super(table, settings);
    this.#days = new OperationDays(table, settings);
  }

  findBatch(key: string, now: string): Promise<BatchRecord | undefined> {
    return findBatch(this.table, key, now);
  }

  keepBatch(key: string, record: BatchRecord, now: string): Promise<BatchRecord> {
    return keepBatch(this.table, key, { record, now });
  }

  createJobs(batch: readonly NewJob[]): Promise<void> {
    const { jobDays } = this.settings;
    return createJobs(this.table, batch, { jobDays, scheduledAt: (createdAt) => this.scheduled(createdAt) });
  }

  async createRevert(revert: NewJob, { id, run }: Pick<Job, 'id' | 'run'>, asked: Asked): Promise<boolean> {
    await this.putChunks(revert);
    const name = {
      TableName: this.table.name,
      Key: toItem(keys.job(id)),
      ...changes.reverted(run, revert.job.id, asked),
    };
    return transact(this.table, [{ Update: name }, ...this.putJob(revert.job)]);
  }

  async getJobs(jobIds: readonly string[]): Promise<Job[]> {
    const wanted = jobIds.map((id) => keys.job(id));
    return (await batchGet(this.table, wanted, true)).map(parseJob);
  }

  pageJobs(page: JobsQuery): Promise<JobsPage> {
    return pageJobs(this.table, page);
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
    const items = bySortKey(await batchGet(this.table, wanted, true));
    const elsewhere = indexes.flatMap((index) => {
      const sharedUsersKey = sharedUsersKeyOf(items.get(keys.chunk(jobId, index).sk) ?? {});
      return sharedUsersKey === undefined ? [] : [keys.sharedUsers(sharedUsersKey, index)];
    });
    const shared = bySortKey(await batchGet(this.table, elsewhere, true));
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

  async saveChunk(jobId: string, chunk: Chunk, { outcomes, operation }: WithChunk = {}): Promise<boolean> {
    const { jobDays, auditDays } = this.settings;
    const ttl = inDays(Date.now(), jobDays);
    const items = [
      outcomes && { ...outcomesItem(keys.chunkOutcomes(jobId, chunk.index), outcomes), ttl },
      operation && operationItem(operation, auditDays),
    ].filter((item) => item !== undefined);
    const [isSaved] = await settleAll([
      saveChunk(this.table, { jobId, chunk }, items),
      operation && this.#days.mark(operation),
    ]);
    return isSaved;
  }

  markRunning(jobId: string, startedAt: string): Promise<void> {
    return this.#change(jobId, changes.running(startedAt));
  }

  stopJob({ id, run }: Pick<Job, 'id' | 'run'>, error: JobError): Promise<void> {
    return this.#change(id, changes.stopped(run, error));
  }

  /** If the job had ended already, neither is written. */
  async finishJob(...[{ id, run }, end, event]: Parameters<JobStore['finishJob']>): Promise<void> {
    const update = { TableName: this.table.name, Key: toItem(keys.job(id)), ...changes.finished(run, end) };
    await transact(this.table, [{ Update: update }, ...recordEvent(this.table, event)]);
  }

  cancelJob(jobId: string, asked: Asked): Promise<void> {
    return this.#change(jobId, changes.cancelled(asked));
  }

  async reopenJob(...[job, asked]: Parameters<JobStore['reopenJob']>): Promise<void> {
    const ttl = inDays(Date.parse(asked.at), this.settings.jobDays);
    // This comes first: no part of a job may expire while it runs again.
    await this.#keepChunks(job, ttl);
    await this.#change(job.id, changes.reopened(job, asked, { scheduledAt: this.scheduledAt(asked.at), ttl }));
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
        TableName: this.table.name,
        Key: toItem(key),
        UpdateExpression: 'SET #ttl = :ttl',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#ttl': TABLE.ttl },
        ExpressionAttributeValues: toItem({ ':ttl': ttl }),
      });
      await unlessRefused(this.table.client.send(keep));
    });
  }

  nextExecution({ id, execution }: Pick<Job, 'id' | 'execution'>): Promise<void> {
    return this.#change(id, changes.nextExecution(execution));
  }

  async listStalledJobs(now: string): Promise<string[]> {
    const items = await queryAll(this.table, {
      IndexName: TABLE.scheduledIndex,
      KeyConditionExpression: 'scheduledBucket = :jobs AND scheduledAt <= :now',
      ExpressionAttributeValues: toItem({ ':jobs': SCHEDULED.jobs, ':now': now }),
    });
    return items.map(({ pk, sk }) => keys.jobId(String(pk), String(sk)));
  }

  postponeJob(jobId: string, now: string): Promise<void> {
    return this.#change(jobId, changes.postponed(this.scheduledAt(now)));
  }

  async #change(jobId: string, change: changes.JobChange): Promise<void> {
    const update = { TableName: this.table.name, Key: toItem(keys.job(jobId)), ...change };
    await unlessRefused(this.table.client.send(new UpdateItemCommand(update)));
  }
}

function bySortKey(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [String(item.sk), item]));
}
