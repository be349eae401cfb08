import { GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Entry } from '../../core/blocklist/entries.ts';
import { DependencyError, MissingDataError } from '../../core/errors.ts';
import type { Chunk, ChunkOutcomes, Job, JobError, LoadedChunk } from '../../core/jobs/job.ts';
import type { IdempotencyRecord, JobStore } from '../../core/jobs/ports.ts';
import {
  chunkItem,
  outcomesItem,
  parseChunk,
  parseIdempotency,
  parseJob,
  parseOutcomes,
  parseUsers,
  usersItem,
} from './job-items.ts';
import { DUE, keys } from './keys.ts';
import { inDays, type Retention } from './retention.ts';
import { batchGet, batchPut, fromItem, type Item, type Table, toItem, unlessRefused } from './table.ts';
import { transact } from './transact.ts';

/** A job without progress for this long is looked at by the sweep. */
const JOB_DUE_MS = 15 * 60 * 1000;

/** Jobs in DynamoDB. Access patterns and keys: `docs/data-model.md`. */
export class DynamoJobStore implements JobStore {
  readonly #table: Table;
  readonly #retention: Pick<Retention, 'jobDays'>;

  constructor(table: Table, retention: Pick<Retention, 'jobDays'>) {
    this.#table = table;
    this.#retention = retention;
  }

  async findIdempotent(phoneNumberId: string, key: string): Promise<IdempotencyRecord | undefined> {
    const item = await this.#get(keys.idempotency(phoneNumberId, key));
    if (!item) return undefined;
    const record = parseIdempotency(item);
    // DynamoDB deletes what is past its time within days, not at once.
    return record.ttl * 1000 > Date.now() ? record : undefined;
  }

  async createJob(
    job: Job,
    chunks: readonly (readonly Entry[])[],
    idempotency: { key: string; bodyHash: string } | undefined,
  ): Promise<IdempotencyRecord | undefined> {
    const ttl = inDays(Date.parse(job.createdAt), this.#retention.jobDays);
    await batchPut(
      this.#table,
      chunks.flatMap((entries, index): Item[] => {
        const malformed = entries.filter(({ identity }) => !identity).length;
        const chunk: Chunk = {
          index,
          status: 'pending',
          total: entries.length,
          succeeded: 0,
          failed: malformed,
          attempts: 0,
          revision: 1,
        };
        return [
          { ...usersItem(keys.chunkUsers(job.id, index), entries), ttl },
          { ...chunkItem(job.id, chunk), ttl },
        ];
      }),
    );
    const dueAt = new Date(Date.parse(job.createdAt) + JOB_DUE_MS).toISOString();
    const item = { ...keys.job(job.id), ...job, ttl, dueBucket: DUE.jobs, dueAt };
    if (!idempotency) {
      await this.#table.client.send(new PutItemCommand({ TableName: this.#table.name, Item: toItem(item) }));
      return undefined;
    }
    return this.#putWithKey(job, item, idempotency);
  }

  /** The job and its idempotency record together; gives the other record where another request was first. */
  async #putWithKey(
    job: Job,
    item: Item,
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
    if (await transact(this.#table, [{ Put: put }, { Put: { TableName, Item: toItem(item) } }])) return undefined;
    const earlier = await this.findIdempotent(job.phoneNumberId, key);
    if (!earlier) throw new DependencyError('The record of an idempotency key went away while it was read');
    return earlier;
  }

  async getJob(jobId: string): Promise<Job | undefined> {
    const item = await this.#get(keys.job(jobId));
    return item && parseJob(item);
  }

  async listChunks(jobId: string): Promise<Chunk[]> {
    const chunks: Chunk[] = [];
    let start: ReturnType<typeof toItem> | undefined;
    do {
      const answer = await this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunk)',
          ExpressionAttributeValues: toItem({ ':pk': keys.chunks(jobId), ':chunk': keys.chunkPrefix }),
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      for (const item of answer.Items ?? []) chunks.push(parseChunk(fromItem(item)));
      start = answer.LastEvaluatedKey;
    } while (start);
    return chunks;
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
    const items = new Map((await batchGet(this.#table, wanted, true)).map((item) => [String(item.sk), item]));
    return indexes.map((index) => {
      const chunk = items.get(keys.chunk(jobId, index).sk);
      const users = items.get(keys.chunkUsers(jobId, index).sk);
      const outcomes = items.get(keys.chunkOutcomes(jobId, index).sk);
      if (!chunk || !users) throw new MissingDataError(`Chunk ${index} of job ${jobId} is missing`);
      return {
        chunk: parseChunk(chunk),
        entries: parseUsers(users),
        outcomes: outcomes ? parseOutcomes(outcomes) : { placed: [] },
      };
    });
  }

  /** Updates rather than puts: the time to live that the chunk was created with stays. */
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
    const ttl = inDays(Date.now(), this.#retention.jobDays);
    const item = { ...outcomesItem(keys.chunkOutcomes(jobId, chunk.index), outcomes), ttl };
    return transact(this.#table, [{ Update: update }, { Put: { TableName, Item: toItem(item) } }]);
  }

  async markRunning(jobId: string, startedAt: string): Promise<void> {
    await this.#update(jobId, {
      UpdateExpression: 'SET #status = :running, startedAt = :at',
      ConditionExpression: '#status = :queued',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: toItem({ ':running': 'running', ':queued': 'queued', ':at': startedAt }),
    });
  }

  async stopJob(jobId: string, error: JobError): Promise<void> {
    await this.#update(jobId, {
      UpdateExpression: 'SET #error = :error',
      ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#error)',
      ExpressionAttributeNames: { '#error': 'error' },
      ExpressionAttributeValues: toItem({ ':error': { code: error.code, message: error.message } }),
    });
  }

  async finishJob(jobId: string, status: Job['status'], finishedAt: string): Promise<void> {
    await this.#update(jobId, {
      UpdateExpression: 'SET #status = :status, finishedAt = :at REMOVE dueBucket, dueAt',
      ConditionExpression: '#status IN (:queued, :running)',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: toItem({
        ':status': status,
        ':at': finishedAt,
        ':queued': 'queued',
        ':running': 'running',
      }),
    });
  }

  /** A conditional update of the job item; where the condition does not hold, someone else was first and that is fine. */
  async #update(
    jobId: string,
    update: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], 'TableName' | 'Key'>,
  ): Promise<void> {
    await unlessRefused(
      this.#table.client.send(
        new UpdateItemCommand({ TableName: this.#table.name, Key: toItem(keys.job(jobId)), ...update }),
      ),
    );
  }

  async #get(key: { pk: string; sk: string }): Promise<Item | undefined> {
    const answer = await this.#table.client.send(
      new GetItemCommand({ TableName: this.#table.name, Key: toItem(key), ConsistentRead: true }),
    );
    return answer.Item && fromItem(answer.Item);
  }
}
