import { type ChunkDeps, type ChunkResult, REQUEUE_AT_ONCE } from './chunk-attempt.ts';
import { type Deadlines, deadlineOf } from './chunk-policy.ts';
import type { Job } from './job.ts';

type RequeueDeps = Deadlines & Pick<ChunkDeps, 'jobs' | 'clock'>;

/**
 * Asks the workflow for another attempt after the wait, but right after the deadline at the latest, so that the users get an
 * outcome. If the job was cancelled or stopped during the request, it asks for one at once: that attempt ends the chunk.
 */
export async function requeue(deps: RequeueDeps, job: Job, requeueAfterSeconds: number): Promise<ChunkResult> {
  const now = await deps.jobs.getJob(job.id);
  if (now?.cancelledAt !== undefined || now?.error !== undefined) return REQUEUE_AT_ONCE;
  const untilDeadline = Math.ceil((deadlineOf(job, deps) - deps.clock.now()) / 1000) + 1;
  return { result: 'requeue', requeueAfterSeconds: Math.max(1, Math.min(requeueAfterSeconds, untilDeadline)) };
}
