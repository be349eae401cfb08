import { type AskedNumber, requireAllKnown } from '../changes/require-known.ts';
import { MissingDataError } from '../errors.ts';
import { isoNow } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BatchRecord, JobStore } from '../ports/job-store.ts';
import { type CreateJobsRequest, planBatch, toJobs } from './batch-plan.ts';
import { type CreateJobDeps, ownKey, refuseOtherBody, startJob } from './create-job.ts';
import type { Job } from './job.ts';
import { type ListedJob, withProgress } from './job-progress.ts';
import { refuseTooManyJobs } from './open-job-limits.ts';

export interface CreateJobsDeps extends CreateJobDeps {
  readonly jobs: JobStore;
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
/** Milliseconds after which no further execution is started, since a caller waits. The sweep starts the others. */
const START_MS = 5_000;

/**
 * Accepts one request for several numbers. When this returns, each number has its whole job stored. A repeat with the same
 * key and body gives the same jobs, and creates those that an earlier try did not. That is safe even while the earlier try is
 * still running: nothing that exists is written again, and no worker processes a chunk before its job exists.
 */
export async function createJobs(deps: CreateJobsDeps, request: CreateJobsRequest): Promise<CreatedJobs> {
  const fresh = await planBatch(deps, request);
  const key = ownKey(deps, request);
  const now = isoNow(deps.clock);
  const before = key === undefined ? undefined : await deps.jobs.findBatch(key, now);
  refuseOtherBody(before ?? fresh, fresh.bodyHash);
  const earlier = before ? await deps.jobs.getJobs(jobIdsOf(request, before)) : [];
  const isThere = new Set(earlier.map(({ phoneNumberId }) => phoneNumberId));
  await refuseUnless(deps, request, isThere);

  const kept = key === undefined ? fresh : await deps.jobs.keepBatch(key, before ?? fresh, now);
  refuseOtherBody(kept, fresh.bodyHash);
  const ids = jobIdsOf(request, kept);
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
  request: CreateJobsRequest,
  isThere: ReadonlySet<string>,
): Promise<void> {
  const missing = request.phoneNumberIds
    .map((phoneNumberId, index): AskedNumber => ({ phoneNumberId, field: `phone_number_ids[${index}]`, status: 400 }))
    .filter(({ phoneNumberId }) => !isThere.has(phoneNumberId));
  if (missing.length === 0) return;
  await requireAllKnown(deps, missing);
  await refuseTooManyJobs(
    deps,
    request,
    missing.map(({ phoneNumberId }) => phoneNumberId),
  );
}

function jobIdsOf({ phoneNumberIds }: CreateJobsRequest, { batchId }: BatchRecord): string[] {
  return phoneNumberIds.map((phoneNumberId) => `${phoneNumberId}-${batchId}`);
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
