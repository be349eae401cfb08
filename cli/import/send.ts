import { createdJobs, job } from '../../lambdas/openapi/job.ts';
import { isFinal } from '../api/is-final.ts';
import { paths } from '../api/paths.ts';
import type { Context } from '../context.ts';
import { bodyOf, type Numbers } from './body.ts';
import type { Group } from './groups.ts';
import { type ImportState, writeState } from './state-file.ts';
import { type SentJob, sendInWaves } from './waves.ts';

export interface Sending {
  readonly action: 'block' | 'unblock';
  readonly numbers: Numbers;
  readonly defer: boolean;
  readonly groups: readonly Group[];
  /** Where the state is kept; absent if the rows came from the input, which cannot be read again. */
  readonly statePath: string | undefined;
  readonly onJobs: (jobs: readonly SentJob[], sent: number) => void;
}

/** Milliseconds between two looks at jobs that must end before more is sent. */
const EVERY = 2_000;

/** Sends what was not sent, one request a group, and gives the ids of all jobs, by group. */
export async function sendGroups(
  { api, terminal }: Pick<Context, 'api' | 'terminal'>,
  sending: Sending,
  state: ImportState,
): Promise<readonly string[][]> {
  const jobs = [...state.jobs];
  await sendInWaves({
    groups: sending.groups,
    sent: state.jobs.length,
    recent: state.jobs,
    send: async (group, index) => {
      const headers = { 'idempotency-key': `${state.key}-${index}` };
      const call = { method: 'POST', path: paths.jobs, headers, body: bodyOf(sending, group) } as const;
      const { data } = await api.call(call, createdJobs);
      jobs.push(data.map(({ id }) => id));
      if (sending.statePath !== undefined) await writeState(sending.statePath, { ...state, jobs });
      sending.onJobs(data, jobs.length);
      return data;
    },
    isOpen: async (id) => !isFinal(await api.call({ method: 'GET', path: paths.job(id) }, job)),
    pause: () => terminal.sleep(EVERY),
  });
  return jobs;
}
