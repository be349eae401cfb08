import { type PublishEventsDeps, republishEvents } from '../events/publish-events.ts';
import { inBatches } from '../in-batches.ts';
import { isoNow, secondsSince } from '../iso-time.ts';
import type { ChunkDeps } from '../jobs/chunk-attempt.ts';
import { listChunks } from '../jobs/chunks.ts';
import { endJob, finishJob } from '../jobs/finish-job.ts';
import { isChunkFinal, isFinal, type Job } from '../jobs/job.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Workflow } from '../ports/job-store.ts';
import type { Reconciliations } from '../ports/reconciliations.ts';
import type { Log } from '../ports/services.ts';

export interface SweepDeps extends ChunkDeps, PublishEventsDeps {
  readonly clock: ChunkDeps['clock'];
  readonly store: BlocklistStore;
  readonly workflow: Workflow;
  readonly reconciliations: Reconciliations;
  readonly log: Log;
  /** Milliseconds after the start of a run at which its remaining users fail. */
  readonly jobDeadlineMs: number;
}

/** Some stalled jobs could not be recovered, or some events not be published; the next sweep tries again. */
export class SweepError extends Error {
  override readonly name = 'SweepError';
}

export interface Swept {
  /** Numbers for which a reconciliation was started, because operations on them have no known end. */
  readonly numbers: number;
  readonly jobs: Readonly<Record<JobRecovery, number>>;
  /** Events that had waited for too long, and are published now. */
  readonly events: number;
}

/** What the sweep did for a job: nothing, since it runs or has ended; started it; restarted it; or ended it. */
type JobRecovery = 'healthy' | 'started' | 'resumed' | 'ended';

/** Numbers of one reconciliation, so that its input stays far below 256 KB. */
const NUMBERS_AT_ONCE = 1_000;

/**
 * Finds stalled work, and recovers or ends it: operations that were never completed, jobs that never started, and jobs whose
 * execution died. Publishes events that still wait. Throws `SweepError` at the end if some of that failed.
 */
export async function sweep(deps: SweepDeps): Promise<Swept> {
  const now = isoNow(deps.clock);
  const recoveries: Record<JobRecovery, number> = { healthy: 0, started: 0, resumed: 0, ended: 0 };
  let failed = 0;
  const { phoneNumberIds: numbers, jobIds, oldestStartedAt } = await deps.store.listOverdueOperations(now);
  deps.metrics.put('OldestOpenOperationAge', secondsSince(oldestStartedAt ?? now, deps.clock.now()));
  // Includes a job that stopped in the middle of a chunk's request, however young it is: other operations on its users wait
  // for it.
  for (const jobId of new Set([...(await deps.jobs.listStalledJobs(now)), ...jobIds])) {
    try {
      const done = await recoverJob(deps, jobId);
      recoveries[done] += 1;
      if (done !== 'healthy') deps.log.error('stalled job recovered', { job_id: jobId, done });
    } catch (error) {
      failed += 1;
      deps.log.fault('stalled job not recovered', error, { job_id: jobId });
    }
  }
  for (const some of inBatches(numbers, NUMBERS_AT_ONCE)) await deps.reconciliations.start(some);
  const events = await publishLeft(deps);
  if (failed > 0) throw new SweepError(`${failed} stalled jobs could not be recovered`);
  if (events === undefined) throw new SweepError('Some events could not be published');
  return { numbers: numbers.length, jobs: recoveries, events };
}

/** Gives how many events it published; nothing if that failed. */
async function publishLeft(deps: SweepDeps): Promise<number | undefined> {
  try {
    return await republishEvents(deps);
  } catch (error) {
    deps.log.fault('events not published', error, {});
    return undefined;
  }
}

async function recoverJob(deps: SweepDeps, jobId: string): Promise<JobRecovery> {
  const job = await deps.jobs.getJob(jobId);
  if (!job || isFinal(job.status)) return 'healthy';
  const done = await ensureRunning(deps, job);
  // Last, so that the next sweep finds a job that could not be recovered.
  if (done !== 'ended') await deps.jobs.postponeJob(jobId, isoNow(deps.clock));
  return done;
}

async function ensureRunning(deps: SweepDeps, job: Job): Promise<JobRecovery> {
  const state = await deps.workflow.stateOf(job);
  if (state === 'running') return 'healthy';
  if (state === 'ended') {
    // The job may have ended together with its execution, after it was read.
    const now = await deps.jobs.getJob(job.id);
    return now && !isFinal(now.status) ? resumeOrEnd(deps, now) : 'healthy';
  }
  await deps.workflow.start(job);
  return 'started';
}

/** The execution ended and the job did not. Another execution continues it, unless nothing is left to do or time is over. */
async function resumeOrEnd(deps: SweepDeps, job: Job): Promise<JobRecovery> {
  if ((await listChunks(deps.jobs, job)).every(isChunkFinal)) {
    await endJob(deps, job);
    return 'ended';
  }
  const deadline = Date.parse(job.retriedAt ?? job.createdAt) + deps.jobDeadlineMs;
  if (deps.clock.now() > deadline) {
    await finishJob(deps, { jobId: job.id, run: job.run });
    return 'ended';
  }
  await deps.jobs.nextExecution(job);
  const next = await deps.jobs.getJob(job.id);
  if (next && !isFinal(next.status)) await deps.workflow.start(next);
  return 'resumed';
}
