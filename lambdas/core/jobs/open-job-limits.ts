import { isSameCaller } from '../changes/attempt-context.ts';
import { LimitReachedError } from '../errors.ts';
import type { NewJobStore } from '../ports/job-store.ts';
import type { Requester } from '../users/mirror.ts';

/** Jobs of one number that may be queued or running at the same time. */
export interface OpenJobLimits {
  readonly perNumber: number;
  /** The most of them by one caller, so that others can still create jobs. */
  readonly perCaller: number;
}

export interface OpenJobLimitDeps {
  readonly jobs: Pick<NewJobStore, 'listOpenJobs'>;
  readonly openJobLimits: OpenJobLimits;
}

/** Seconds after which a caller may try again: most jobs end within that. */
const RETRY_SECONDS = 60;

/**
 * Refuses another job if a number has reached a limit. The jobs are counted in an index that may be a moment behind, so
 * requests of the same moment can exceed the limit together. The limit keeps callers from starving each other; it is no lock.
 */
export async function refuseTooManyJobs(
  { jobs, openJobLimits: { perNumber, perCaller } }: OpenJobLimitDeps,
  { actor }: Pick<Requester, 'actor'>,
  phoneNumberIds: readonly string[],
): Promise<void> {
  const open = Map.groupBy(await jobs.listOpenJobs(phoneNumberIds), (job) => job.phoneNumberId);
  for (const phoneNumberId of phoneNumberIds) {
    const ofNumber = open.get(phoneNumberId) ?? [];
    const own = ofNumber.filter((job) => isSameCaller(job.actor, actor)).length;
    if (ofNumber.length >= perNumber) throw tooMany(`${phoneNumberId} has ${ofNumber.length} open jobs`, perNumber);
    if (own >= perCaller) throw tooMany(`${phoneNumberId} has ${own} open jobs of this caller`, perCaller);
  }
}

function tooMany(found: string, limit: number): LimitReachedError {
  return new LimitReachedError(
    `Too many open jobs: ${found}, and the limit is ${limit}; wait until some have ended, or cancel some`,
    RETRY_SECONDS,
  );
}
