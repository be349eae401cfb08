import { createdJobs, type Job } from '../../lambdas/openapi/job.ts';
import type { ApiClient } from '../api/client.ts';
import { paths } from '../api/paths.ts';
import type { Group } from './groups.ts';
import { type ImportState, writeState } from './state-file.ts';

/** The numbers of an import: some, or every number in use. */
export type Numbers = readonly string[] | 'all';

export interface Sending {
  readonly action: 'block' | 'unblock';
  readonly numbers: Numbers;
  readonly defer: boolean;
  readonly groups: readonly Group[];
  /** Where the state is kept; absent if the rows came from the input, which cannot be read again. */
  readonly statePath: string | undefined;
  readonly onJobs: (jobs: readonly Pick<Job, 'id' | 'status'>[]) => void;
}

/** Sends what was not sent, one request a group, and gives the ids of all jobs, by group. */
export async function sendGroups(api: ApiClient, sending: Sending, state: ImportState): Promise<readonly string[][]> {
  const jobs = [...state.jobs];
  for (const [index, group] of sending.groups.entries()) {
    if (index < state.jobs.length) continue;
    const { data } = await api.call(
      {
        method: 'POST',
        path: paths.jobs,
        headers: { 'idempotency-key': `${state.key}-${index}` },
        body: bodyOf(sending, group),
      },
      createdJobs,
    );
    jobs.push(data.map(({ id }) => id));
    if (sending.statePath !== undefined) await writeState(sending.statePath, { ...state, jobs });
    sending.onJobs(data);
  }
  return jobs;
}

export function bodyOf(
  { action, numbers, defer }: Pick<Sending, 'action' | 'numbers' | 'defer'>,
  { terms, rows }: Group,
) {
  return {
    action,
    ...(numbers === 'all' ? { all_numbers: true } : { phone_number_ids: numbers }),
    block_users: rows.map(({ user }) => ({ user })),
    reason: terms.reason,
    reason_code: terms.reasonCode,
    expires_at: terms.expiresAt,
    expires_in: terms.expiresIn,
    defer: defer ? true : undefined,
  };
}
