import type { EntryList } from '../blocklist/entries.ts';
import type { Requester } from '../blocklist/mirror.ts';
import type { Action } from '../blocklist/outcome.ts';
import { InvalidRequestError, MissingDataError, TokenMissingError } from '../errors.ts';
import type { TokenSource } from '../ports.ts';
import {
  type AskedTerms,
  type CreateJobDeps,
  fingerprint,
  ownKey,
  refuseOtherBody,
  startJob,
  toChunks,
} from './create-job.ts';
import type { Job } from './job.ts';
import { type ListedJob, withProgress } from './list-jobs.ts';
import type { BatchRecord, NewJob } from './ports.ts';

export interface CreateBatchDeps extends CreateJobDeps {
  readonly tokens: Pick<TokenSource, 'credentials'>;
  readonly chunkSize: number;
}

export interface CreateBatchRequest extends Requester, AskedTerms {
  readonly action: Action;
  /** Distinct. */
  readonly phoneNumberIds: readonly string[];
  readonly list: EntryList;
  readonly idempotencyKey?: string | undefined;
}

export interface Batch {
  /** A ULID; the job of a number is `<phone number id>-<batch id>`. */
  readonly batchId: string;
  /** One for each number, in their order. */
  readonly jobs: readonly ListedJob[];
}

/** Chunks of one request: a whole list for 100 numbers at 500 users a chunk. Writing them takes seconds, not API Gateway's 29. */
export const LARGEST_BATCH_CHUNKS = 12_800;
/** Executions that are being started at the same time. */
const STARTS_AT_ONCE = 20;
/** Milliseconds after which no further start is begun: a caller waits, and the sweep starts what is left. */
const START_MS = 5_000;

/**
 * Accepts one request for several numbers: once this returns, each has its job, stored whole. A repeat with the same key
 * and body gives the same jobs, and creates those that an earlier try did not come to. Also while that is still at work:
 * nothing that stands there is written again, and nobody works on a chunk before its job stands there.
 */
export async function createBatch(deps: CreateBatchDeps, request: CreateBatchRequest): Promise<Batch> {
  const fresh = await plan(deps, request);
  const key = ownKey(deps, request);
  const now = new Date(deps.clock.now()).toISOString();
  const kept = key === undefined ? fresh : await deps.jobs.keepBatch(key, fresh, now);
  refuseOtherBody(kept, fresh.bodyHash);

  const ids = request.phoneNumberIds.map((phoneNumberId) => `${phoneNumberId}-${kept.batchId}`);
  const isRepeat = kept.batchId !== fresh.batchId;
  const earlier = new Set(isRepeat ? (await deps.jobs.getJobs(ids)).map(({ id }) => id) : []);
  const batch = toJobs(request, kept, now);
  await deps.jobs.createJobs(batch.filter(({ job }) => !earlier.has(job.id)));

  // With a key a repeat at the same time may have been first with some of them.
  const jobs = key === undefined ? batch.map(({ job }) => job) : inOrder(ids, await deps.jobs.getJobs(ids));
  await startAll(deps, jobs);
  return { batchId: kept.batchId, jobs: await withProgress(deps.jobs, jobs) };
}

/** Cuts the list for each number as its provider takes it. Refuses what would be too much to write while a caller waits. */
async function plan(deps: CreateBatchDeps, request: CreateBatchRequest): Promise<BatchRecord> {
  const { phoneNumberIds, list } = request;
  const chunkSizes = await Promise.all(phoneNumberIds.map((phoneNumberId) => chunkSizeOf(deps, phoneNumberId)));
  const entries = list.distinct.length;
  const chunks = chunkSizes.reduce((sum, size) => sum + Math.ceil(entries / size), 0);
  if (chunks > LARGEST_BATCH_CHUNKS) {
    throw new InvalidRequestError(
      `block_users: ${entries} entries for ${phoneNumberIds.length} numbers make ${chunks} chunks, at most ${LARGEST_BATCH_CHUNKS} in one request; send fewer entries, or fewer phone_number_ids, at a time`,
    );
  }
  const bodyHash = request.idempotencyKey === undefined ? '' : deps.hash(fingerprint(request, phoneNumberIds));
  return { bodyHash, batchId: deps.newId(deps.clock.now()), chunkSizes };
}

/** A number without a token has its job too, which fails by itself, with what is to be done about it. */
async function chunkSizeOf({ tokens, chunkSize }: CreateBatchDeps, phoneNumberId: string): Promise<number> {
  try {
    const { batchLimit } = await tokens.credentials(phoneNumberId);
    return Math.min(batchLimit, chunkSize);
  } catch (error) {
    if (error instanceof TokenMissingError) return chunkSize;
    throw error;
  }
}

function toJobs(request: CreateBatchRequest, { batchId, chunkSizes }: BatchRecord, createdAt: string): NewJob[] {
  const { distinct } = request.list;
  const cut = new Map([...new Set(chunkSizes)].map((size) => [size, toChunks(distinct, size)]));
  return request.phoneNumberIds.map((phoneNumberId, place) => {
    const size = chunkSizes[place];
    const chunks = size === undefined ? undefined : cut.get(size);
    if (!chunks) throw new MissingDataError(`The record of batch ${batchId} has no chunk size for each number`);
    const job: Job = {
      id: `${phoneNumberId}-${batchId}`,
      batchId,
      usersOf: `${batchId}#${size}`,
      phoneNumberId,
      action: request.action,
      status: 'queued',
      total: distinct.length,
      chunkCount: chunks.length,
      run: 1,
      execution: 1,
      createdAt,
      actor: request.actor,
      onBehalfOf: request.onBehalfOf,
      reason: request.reason,
      expiresAt: request.expiresAt,
      defer: request.defer,
    };
    return { job, chunks };
  });
}

function inOrder(ids: readonly string[], jobs: readonly Job[]): Job[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return ids.map((id) => {
    const job = byId.get(id);
    if (!job) throw new MissingDataError(`Job ${id} of a batch is missing`);
    return job;
  });
}

/** Those that were stored in an earlier try, and perhaps not started, too. */
async function startAll(deps: CreateBatchDeps, jobs: readonly Job[]): Promise<void> {
  const waiting = jobs.filter(({ status }) => status === 'queued');
  const until = deps.clock.now() + START_MS;
  const worker = async () => {
    while (deps.clock.now() < until) {
      const job = waiting.shift();
      if (!job) return;
      await startJob(deps, job);
    }
  };
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, worker));
  if (waiting.length > 0) {
    deps.log.problem('jobs of a batch were not started in time; the sweep will start them', { jobs: waiting.length });
  }
}
