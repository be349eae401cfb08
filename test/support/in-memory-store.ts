import type { Entry } from '../../lambdas/core/blocklist/entries.ts';
import { type AuditEvent, isAlias, type NumberSummary, type Stored } from '../../lambdas/core/blocklist/mirror.ts';
import type { Operation, Settlement } from '../../lambdas/core/blocklist/operation.ts';
import { MissingDataError } from '../../lambdas/core/errors.ts';
import type { Chunk, ChunkOutcomes, Job, JobError, LoadedChunk } from '../../lambdas/core/jobs/job.ts';
import { isFinal } from '../../lambdas/core/jobs/job.ts';
import type { IdempotencyRecord, JobStore } from '../../lambdas/core/jobs/ports.ts';
import type { BlocklistStore, ListPage, ListPosition, MirrorWrite } from '../../lambdas/core/ports.ts';

/** The stores of core in memory. The same contract suite runs on these and on DynamoDB. */
export class InMemoryBlocklistStore implements BlocklistStore {
  readonly users = new Map<string, Stored>();
  readonly events = new Map<string, AuditEvent>();
  readonly operations = new Map<string, Operation & Partial<Omit<Settlement, 'status'>> & { status: string }>();
  readonly sizes = new Map<string, number>();
  readonly numbers = new Map<string, string>();

  async getUsers(phoneNumberId: string, ids: readonly string[]): Promise<Map<string, Stored>> {
    return new Map(
      ids.flatMap((id) => {
        const stored = this.users.get(`${phoneNumberId}/${id}`);
        return stored ? [[id, stored] as const] : [];
      }),
    );
  }

  async putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]> {
    return writes.flatMap(({ id, prior, next }) => {
      const key = `${phoneNumberId}/${id}`;
      if (this.users.get(key)?.revision !== prior?.revision) return [id];
      this.users.set(key, next);
      return [];
    });
  }

  async appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void> {
    for (const event of events) {
      this.events.set(`${phoneNumberId}/${event.user}/${event.at}#${event.operationId}`, event);
    }
  }

  async pageBlocked(
    phoneNumberId: string,
    page: { limit: number; from?: ListPosition | undefined; backward?: boolean },
  ): Promise<ListPage> {
    const all = [...this.users]
      .filter(([key]) => key.startsWith(`${phoneNumberId}/`))
      .flatMap(([, stored]) => (!isAlias(stored) && stored.state === 'blocked' ? [{ ...stored, shard: 0 }] : []))
      .sort((a, b) => (a.user < b.user ? -1 : 1));
    const from = page.from?.user;
    if (page.backward) {
      const before = all.filter(({ user }) => from === undefined || user < from);
      return { users: before.slice(-page.limit), more: before.length > page.limit };
    }
    const after = all.filter(({ user }) => from === undefined || user > from);
    return { users: after.slice(0, page.limit), more: after.length > page.limit };
  }

  async pageEvents(
    phoneNumberId: string,
    users: readonly string[],
    page: { limit: number; before?: string | undefined },
  ): Promise<AuditEvent[]> {
    const keyOf = (event: AuditEvent) => `${event.at}#${event.operationId}`;
    return [...this.events]
      .filter(([key]) => key.startsWith(`${phoneNumberId}/`))
      .map(([, event]) => event)
      .filter((event) => users.includes(event.user) && (page.before === undefined || keyOf(event) < page.before))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
      .slice(0, page.limit);
  }

  async getSummary(phoneNumberId: string): Promise<NumberSummary | undefined> {
    const size = this.sizes.get(phoneNumberId);
    return size === undefined ? undefined : { size: Math.max(size, 0) };
  }

  async registerNumber(phoneNumberId: string, at: string): Promise<void> {
    if (!this.numbers.has(phoneNumberId)) this.numbers.set(phoneNumberId, at);
  }

  async startOperation(operation: Operation): Promise<void> {
    if (!this.operations.has(operation.operationId)) {
      this.operations.set(operation.operationId, { ...operation, status: 'started' });
    }
  }

  async settleOperation(operation: Operation, settlement: Settlement): Promise<void> {
    if (this.operations.get(operation.operationId)?.status !== 'started') return;
    this.operations.set(operation.operationId, { ...operation, ...settlement });
    const { phoneNumberId } = operation;
    if (settlement.sizeDelta === 0) return;
    this.sizes.set(phoneNumberId, (this.sizes.get(phoneNumberId) ?? 0) + settlement.sizeDelta);
  }
}

export class InMemoryJobStore implements JobStore {
  readonly jobs = new Map<string, Job>();
  readonly chunks = new Map<string, LoadedChunk>();
  readonly keys = new Map<string, IdempotencyRecord>();

  async findIdempotent(phoneNumberId: string, key: string): Promise<IdempotencyRecord | undefined> {
    return this.keys.get(`${phoneNumberId}/${key}`);
  }

  async createJob(
    job: Job,
    chunks: readonly (readonly Entry[])[],
    idempotency: { key: string; bodyHash: string } | undefined,
  ): Promise<IdempotencyRecord | undefined> {
    if (idempotency) {
      const key = `${job.phoneNumberId}/${idempotency.key}`;
      const earlier = this.keys.get(key);
      if (earlier) return earlier;
      this.keys.set(key, { bodyHash: idempotency.bodyHash, jobId: job.id });
    }
    this.jobs.set(job.id, job);
    chunks.forEach((entries, index) => {
      const failed = entries.filter(({ identity }) => !identity).length;
      this.chunks.set(`${job.id}/${index}`, {
        chunk: { index, status: 'pending', total: entries.length, succeeded: 0, failed, attempts: 0, revision: 1 },
        entries,
        outcomes: { placed: [] },
      });
    });
    return undefined;
  }

  async getJob(jobId: string): Promise<Job | undefined> {
    return this.jobs.get(jobId);
  }

  async listChunks(jobId: string): Promise<Chunk[]> {
    return [...this.chunks].filter(([key]) => key.startsWith(`${jobId}/`)).map(([, loaded]) => loaded.chunk);
  }

  async loadChunk(jobId: string, index: number): Promise<LoadedChunk> {
    const loaded = this.chunks.get(`${jobId}/${index}`);
    if (!loaded) throw new MissingDataError(`Chunk ${index} of job ${jobId} is missing`);
    return loaded;
  }

  loadChunks(jobId: string, indexes: readonly number[]): Promise<LoadedChunk[]> {
    return Promise.all(indexes.map((index) => this.loadChunk(jobId, index)));
  }

  async saveChunk(jobId: string, chunk: Chunk, outcomes?: ChunkOutcomes): Promise<boolean> {
    const loaded = await this.loadChunk(jobId, chunk.index);
    if (loaded.chunk.revision !== chunk.revision - 1) return false;
    this.chunks.set(`${jobId}/${chunk.index}`, { ...loaded, chunk, outcomes: outcomes ?? loaded.outcomes });
    return true;
  }

  async markRunning(jobId: string, startedAt: string): Promise<void> {
    this.#update(jobId, (job) => (job.status === 'queued' ? { ...job, status: 'running', startedAt } : job));
  }

  async stopJob(jobId: string, error: JobError): Promise<void> {
    this.#update(jobId, (job) => ({ ...job, error: job.error ?? { code: error.code, message: error.message } }));
  }

  async finishJob(jobId: string, status: Job['status'], finishedAt: string): Promise<void> {
    this.#update(jobId, (job) => (isFinal(job.status) ? job : { ...job, status, finishedAt }));
  }

  #update(jobId: string, change: (job: Job) => Job): void {
    const job = this.jobs.get(jobId);
    if (job) this.jobs.set(jobId, change(job));
  }
}
