import { DAY_MS } from '../durations.ts';
import { isoTime } from '../iso-time.ts';
import { isFinal, type Job } from '../jobs/job.ts';
import type { JobStore } from '../ports/job-store.ts';

/** Something that an erasure leaves, and why. */
export interface Remains {
  readonly where:
    | 'jobs'
    | 'operations'
    | 'published_events'
    | 'logs'
    | 'point_in_time_recovery'
    | 'graph'
    | 'mirror'
    | 'protected_users'
    | 'other_user'
    | 'numbers_out_of_use'
    | 'numbers_not_named';
  /** ISO 8601: when the last of it is deleted; absent if nobody can say. */
  readonly until?: string | undefined;
  readonly jobIds?: readonly string[] | undefined;
  readonly phoneNumberIds?: readonly string[] | undefined;
  readonly why: string;
}

export interface RemainingJobsDeps {
  readonly jobs: Pick<JobStore, 'getJobs' | 'listOpenJobs'>;
  readonly jobDays: number;
}

/** Days that users of a batch are kept longer than its jobs. */
const MORE_DAYS = 1;
/** Ids of jobs in one receipt. */
const MOST_JOBS = 1_000;

/** Lists of jobs are packed, and shared by all numbers of a batch: they stay as they are until they expire. */
export async function remainingJobs(
  { jobs, jobDays }: RemainingJobsDeps,
  { named, numbers, nowMs }: { named: readonly string[]; numbers: readonly string[]; nowMs: number },
): Promise<Remains[]> {
  const found = await jobs.getJobs([...new Set(named)].slice(0, MOST_JOBS));
  const open = (await jobs.listOpenJobs(numbers)).slice(0, MOST_JOBS);
  const endOf = ({ createdAt, retriedAt = createdAt }: Job) => Date.parse(retriedAt) + (jobDays + MORE_DAYS) * DAY_MS;
  const ended = found.filter(({ status }) => isFinal(status));
  return [
    ...(ended.length === 0
      ? []
      : [
          {
            where: 'jobs' as const,
            until: isoTime(Math.max(...ended.map(endOf))),
            jobIds: ended.map(({ id }) => id),
            why: 'These jobs changed the user, and their lists name the user until they expire',
          },
        ]),
    ...(open.length === 0
      ? []
      : [
          {
            where: 'jobs' as const,
            jobIds: open.map(({ id }) => id),
            why: 'These jobs have not ended: if their lists name the user, they may record the user again; erase the user once more after them',
          },
        ]),
    {
      where: 'jobs',
      until: isoTime(nowMs + (jobDays + MORE_DAYS) * DAY_MS),
      why: 'The list of any other job that named the user, until it expires; a job that is retried is kept longer. Idempotency-Keys are kept for a day as callers chose them',
    },
  ];
}
