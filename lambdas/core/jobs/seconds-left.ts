import type { Chunk, Job, JobProgress } from './job.ts';

/**
 * Seconds that the present run of a job still takes, if it goes on at its pace so far. Undefined unless the job is running and
 * some of the users of this run have an outcome. A job that is being cancelled, or cannot go on, ends at once.
 */
export function secondsLeft(
  job: Job,
  { progress: { users }, chunks }: { readonly progress: JobProgress; readonly chunks: readonly Chunk[] },
  nowMs: number,
): number | undefined {
  const began = job.retriedAt ?? job.startedAt;
  if (job.status !== 'running' || began === undefined || job.cancelledAt !== undefined || job.error) return undefined;
  // Malformed entries had their outcome before the first user was sent.
  const malformed = chunks.reduce((sum, chunk) => sum + chunk.malformed, 0);
  const done = (job.retriedUsers ?? users.total - malformed) - users.remaining;
  const tookMs = nowMs - Date.parse(began);
  return done <= 0 || tookMs <= 0 ? undefined : Math.ceil((tookMs / done / 1000) * users.remaining);
}
