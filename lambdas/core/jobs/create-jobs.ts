import { LIMITS } from '../../contract/limits.ts';
import { type AskedNumber, requireAllKnown } from '../changes/require-known.ts';
import { InvalidRequestError, MissingDataError } from '../errors.ts';
import { isoNow } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { BatchRecord, JobStore } from '../ports/job-store.ts';
import { numbersInUse } from '../users/numbers-in-use.ts';
import { batchHash, type CreateJobsRequest, numbersOfBatch, planBatch, toJobs } from './batch-plan.ts';
import { type CreateJobDeps, ownKey, refuseOtherBody, startJob } from './create-job.ts';
import type { Job } from './job.ts';
import { type ListedJob, withProgress } from './job-progress.ts';
import { refuseTooManyJobs } from './open-job-limits.ts';

export interface CreateJobsDeps extends CreateJobDeps {
  readonly jobs: JobStore;
  readonly store: CreateJobDeps['store'] & Pick<BlocklistStore, 'listNumbers'>;
  readonly chunkSize: number;
}

export interface CreatedJobs {
  /** A ULID; the job of a number is `<phone number id>-<batch id>`. */
  readonly batchId: string;
  /** One for each number, in their order. */
  readonly jobs: readonly ListedJob[];
}

/** How many executions are started at once. */
const STARTS_AT_ONCE = 20;
/**
 * Milliseconds after which no further execution is started, since a caller waits. The sweep starts the others. A thousand
 * starts take a few seconds.
 */
const START_MS = 15_000;

/**
 * Accepts one request for several numbers. When this returns, each number has its whole job stored. A repeat with the same
 * key and body gives the same jobs, and creates those that an earlier try did not. That is safe even while the earlier try is
 * still running: nothing that exists is written again, and no worker processes a chunk before its job exists.
 */
export async function createJobs(deps: CreateJobsDeps, request: CreateJobsRequest): Promise<CreatedJobs> {
  const key = ownKey(deps, request);
  const now = isoNow(deps.clock);
  const before = key === undefined ? undefined : await deps.jobs.findBatch(key, now);
  const bodyHash = batchHash(deps, request);
  if (before) refuseOtherBody(before, bodyHash);
  const planned = before ?? (await planBatch(deps, request, await numbersOf(deps, request)));
  const earlier = before ? await deps.jobs.getJobs(jobIdsOf(request, before)) : [];
  await refuseUnless(deps, { request, planned }, new Set(earlier.map(({ phoneNumberId }) => phoneNumberId)));

  const kept = key === undefined ? planned : await deps.jobs.keepBatch(key, planned, now);
  refuseOtherBody(kept, bodyHash);
  const ids = jobIdsOf(request, kept);
  const isThere = new Set(earlier.map(({ phoneNumberId }) => phoneNumberId));
  const batch = toJobs(request, kept, now);
  await deps.jobs.createJobs(batch.filter(({ job }) => !isThere.has(job.phoneNumberId)));

  // If there is a key, a repeat at the same time may have created some of them first.
  const jobs = key === undefined ? batch.map(({ job }) => job) : inOrder(ids, await deps.jobs.getJobs(ids));
  await startAll(deps, jobs);
  return { batchId: kept.batchId, jobs: await withProgress(deps, jobs) };
}

/** Each number that gets a job must be the team's, and must not exceed its limit of open jobs. */
async function refuseUnless(
  deps: CreateJobsDeps,
  { request, planned }: { readonly request: CreateJobsRequest; readonly planned: BatchRecord },
  isThere: ReadonlySet<string>,
): Promise<void> {
  const missing = numbersOfBatch(request, planned)
    .map((phoneNumberId, index): AskedNumber => ({ phoneNumberId, field: `phone_number_ids[${index}]`, status: 400 }))
    .filter(({ phoneNumberId }) => !isThere.has(phoneNumberId));
  if (missing.length === 0) return;
  // All numbers are those in use, which need no check.
  if (request.phoneNumberIds !== 'all') await requireAllKnown(deps, missing);
  await refuseTooManyJobs(
    deps,
    request,
    missing.map(({ phoneNumberId }) => phoneNumberId),
  );
}

/** The numbers that a new batch is for. */
export async function numbersOf(
  { store }: { readonly store: Pick<BlocklistStore, 'listNumbers'> },
  { phoneNumberIds }: Pick<CreateJobsRequest, 'phoneNumberIds'>,
): Promise<readonly string[]> {
  if (phoneNumberIds !== 'all') return phoneNumberIds;
  const inUse = await numbersInUse(store);
  const { numbersPerRequest: most } = LIMITS;
  if (inUse.length === 0) throw new InvalidRequestError('all_numbers: no number is in use yet; send phone_number_ids');
  if (inUse.length <= most) return inUse;
  throw new InvalidRequestError(
    `all_numbers: ${inUse.length} numbers are in use, and the limit for one request is ${most}; send phone_number_ids, up to ${most} at a time`,
  );
}

function jobIdsOf(request: CreateJobsRequest, record: BatchRecord): string[] {
  return numbersOfBatch(request, record).map((phoneNumberId) => `${phoneNumberId}-${record.batchId}`);
}

function inOrder(ids: readonly string[], jobs: readonly Job[]): Job[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return ids.map((id) => {
    const job = byId.get(id);
    if (!job) throw new MissingDataError(`Job ${id} of a batch is missing`);
    return job;
  });
}

/** Also starts jobs that an earlier try stored and perhaps did not start. */
async function startAll(deps: CreateJobsDeps, jobs: readonly Job[]): Promise<void> {
  const waiting = jobs.filter(({ status }) => status === 'queued');
  const until = deps.clock.now() + START_MS;
  let late = 0;
  await mapConcurrent(waiting, STARTS_AT_ONCE, async (job) => {
    if (deps.clock.now() < until) await startJob(deps, job);
    else late += 1;
  });
  if (late > 0) deps.log.error('jobs not started in time; the sweep will start them', { jobs: late });
}
