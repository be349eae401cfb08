import type { Job } from '../jobs/job.ts';
import type { JobEnd } from '../ports/job-store.ts';
import { type RecordDeps, recordedNow, type ServiceEvent } from './event.ts';

/** The end of one run of a job. */
export function jobFinished(deps: RecordDeps, job: Job, { status, finishedAt, progress }: JobEnd): ServiceEvent {
  const { id, run, batchId, phoneNumberId, action, createdAt, error } = job;
  const { total, succeeded, failed, deferred } = progress.users;
  return {
    type: 'Job Finished',
    detail: {
      id: `job/${id}/${run}`,
      ...recordedNow(deps),
      phone_number_id: phoneNumberId,
      job_id: id,
      ...(batchId === undefined ? {} : { batch_id: batchId }),
      run,
      action,
      status,
      users: { total, succeeded, failed, deferred },
      ...(error === undefined ? {} : { error_code: error.code }),
      created_at: createdAt,
      finished_at: finishedAt,
    },
  };
}
