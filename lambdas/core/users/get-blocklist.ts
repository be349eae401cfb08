import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { NumberSummary } from './number-summary.ts';

export interface Blocklist {
  /** Absent if nothing was ever done for the number. */
  readonly summary: NumberSummary | undefined;
  /** Users that the list can hold. */
  readonly limit: number;
  /** Ids of jobs that are queued or running. */
  readonly openJobs: readonly string[];
}

/** What is known about the list of a number at this moment. Nothing comes from a cache. */
export async function getBlocklist(
  deps: {
    readonly store: Pick<BlocklistStore, 'getSummary'>;
    readonly jobs: Pick<JobStore, 'listOpenJobs'>;
    readonly listLimit: number;
  },
  phoneNumberId: string,
): Promise<Blocklist> {
  const [summary, openJobs] = await Promise.all([
    deps.store.getSummary(phoneNumberId, true),
    deps.jobs.listOpenJobs([phoneNumberId]),
  ]);
  return { summary, limit: deps.listLimit, openJobs: openJobs.map(({ id }) => id) };
}
