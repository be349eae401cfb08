import type { Chunk, Job } from '../../../lambdas/core/jobs/job.ts';
import { NUMBER } from '../../support/gateway.ts';

export function aJob(fields: Partial<Job> = {}): Job {
  return {
    id: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXY`,
    phoneNumberId: NUMBER,
    version: 'v25.0',
    action: 'block',
    status: 'queued',
    total: 2_500,
    chunkCount: 3,
    run: 1,
    execution: 1,
    createdAt: '2026-06-01T10:00:00.000Z',
    actor: 'arn:aws:iam::123456789012:user/jo',
    ...fields,
  };
}

export function aChunk(fields: Partial<Chunk> = {}): Chunk {
  const counts = { total: 1_000, succeeded: 0, failed: 0, deferred: 0, malformed: 0 };
  return { index: 0, status: 'pending', ...counts, run: 1, attempts: 0, revision: 1, ...fields };
}
