import type { Action } from '../changes/outcome.ts';
import { DAY_MS } from '../durations.ts';
import { InvalidRequestError } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore, NewJob } from '../ports/job-store.ts';
import type { Clock } from '../ports/services.ts';
import type { Reasons } from '../users/asked.ts';
import type { JobRequest } from './activity.ts';
import { type ChangedByJobDeps, listChangedByJob } from './changed-by-job.ts';
import { type CreateJobDeps, newJob, startJob, toChunks } from './create-job.ts';
import { getJob } from './get-job.ts';
import { isFinal, type Job } from './job.ts';
import { type OpenJobLimitDeps, refuseTooManyJobs } from './open-job-limits.ts';

export interface RevertJobDeps
  extends ChangedByJobDeps,
    OpenJobLimitDeps,
    Pick<CreateJobDeps, 'workflow' | 'log' | 'newId'> {
  readonly jobs: Pick<JobStore, 'getJob' | 'listChunks' | 'loadChunks' | 'listOpenJobs' | 'createRevert'>;
  readonly store: Pick<BlocklistStore, 'getUsers' | 'listOpenOperations'>;
  readonly clock: Clock;
  /** Days for which the mirror remembers a user who was unblocked. */
  readonly tombstoneDays: number;
}

/** Without a reason, that is the job that it reverts. */
export interface RevertJobRequest extends JobRequest, Reasons {
  /** When the blocks end by themselves (ISO 8601), and the field in which the caller said so. */
  readonly end?: { readonly at: string; readonly field: string } | undefined;
}

/**
 * Undoes what a job did: creates a job of the opposite action, for exactly the users whose state that job changed and whom nobody
 * has changed since. Users who cannot be blocked again now are deferred. A job is reverted once: a repeat gives the same job.
 */
export async function revertJob(deps: RevertJobDeps, request: RevertJobRequest): Promise<Job> {
  const { jobs } = deps;
  const found = await getJob(jobs, request.id);
  if (found.action === 'block' && request.end) {
    throw new InvalidRequestError(
      `${request.end.field}: cannot be used to revert a job that blocked users; leave it out`,
    );
  }
  if (found.revertedBy !== undefined) return resume(deps, found.revertedBy);
  await refuseUnless(deps, found);
  await refuseTooManyJobs(deps, request, [found.phoneNumberId]);
  const revert = await newRevert(deps, found, request);
  const { actor, onBehalfOf } = request;
  if (await jobs.createRevert(revert, found, { at: revert.job.createdAt, actor, onBehalfOf })) {
    await startJob(deps, revert.job);
    return revert.job;
  }
  const { revertedBy } = await getJob(jobs, found.id);
  if (revertedBy === undefined) throw conflict('it was retried at this moment; revert it when it has ended');
  return resume(deps, revertedBy);
}

async function newRevert(deps: RevertJobDeps, found: Job, request: RevertJobRequest): Promise<NewJob> {
  const { id: reverts, phoneNumberId, version } = found;
  const users = await listChangedByJob(deps, found);
  if (users.length === 0) {
    throw conflict('there is nothing to revert: it changed nobody, or each of its users was changed again since');
  }
  const now = deps.clock.now();
  const { reason = `Reverts job ${reverts}`, end } = request;
  const chunks = toChunks(users, await chunkSizeOf(deps, found));
  const counts = { total: users.length, chunkCount: chunks.length };
  const action = opposite(found.action);
  const terms = action === 'block' ? { defer: true, expiresAt: end?.at } : {};
  const job = newJob(
    { ...request, action, version, reason, ...terms },
    { id: `${phoneNumberId}-${deps.newId(now)}`, phoneNumberId, ...counts, createdAt: isoTime(now), reverts },
  );
  return { job, chunks };
}

function opposite(action: Action): Action {
  return action === 'block' ? 'unblock' : 'block';
}

/** The job that was created before, and perhaps not started. */
async function resume(deps: RevertJobDeps, revertedBy: string): Promise<Job> {
  const job = await getJob(deps.jobs, revertedBy);
  if (job.status === 'queued') await startJob(deps, job);
  return job;
}

/** Refuses if it is not yet known, or no longer known, whom the job changed. */
async function refuseUnless({ store, clock, tombstoneDays }: RevertJobDeps, job: Job): Promise<void> {
  if (!isFinal(job.status)) throw conflict(`it is ${job.status}; revert it when it has ended, or cancel it first`);
  const isForgotten = Date.parse(job.createdAt) + tombstoneDays * DAY_MS <= clock.now();
  if (job.action === 'unblock' && isForgotten) {
    throw conflict(
      `it is older than ${tombstoneDays} days (tombstoneDays), for which unblocked users are remembered; block them as a new job`,
    );
  }
  const open = await store.listOpenOperations(job.phoneNumberId);
  if (open.some(({ jobId }) => jobId === job.id)) {
    throw conflict(
      'it is not known yet whether Graph changed some of its users; a reconciliation finds out within 20 minutes: revert it then',
    );
  }
}

function conflict(why: string): InvalidRequestError {
  return new InvalidRequestError(`id: this job cannot be reverted: ${why}`, 409);
}

/** As large as the chunks of the job: its provider took that many users at once. */
async function chunkSizeOf({ jobs }: RevertJobDeps, { id }: Job): Promise<number> {
  return Math.max(...(await jobs.listChunks(id)).map(({ total }) => total));
}
