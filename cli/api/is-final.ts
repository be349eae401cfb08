import type { Job } from '../../lambdas/openapi/job.ts';

/** Whether a job has ended. */
export function isFinal({ status }: Pick<Job, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}
