import { mapConcurrent } from '../../lambdas/core/map-concurrent.ts';
import type { Job } from '../../lambdas/openapi/job.ts';
import { isFinal } from '../api/is-final.ts';

/** Requests of an import whose jobs are open at the same time: a caller may have 50 open jobs on a number, and needs some for others. */
const OPEN_AT_ONCE = 40;
const ASKED_AT_ONCE = 8;

export type SentJob = Pick<Job, 'id' | 'status'>;

export interface Waves<Group> {
  readonly groups: readonly Group[];
  /** The ids of the jobs of the first groups, which were sent before. */
  readonly sent: readonly (readonly string[])[];
  /** Sends a group, and gives its jobs, one for each number. */
  readonly send: (group: Group, index: number) => Promise<readonly SentJob[]>;
  readonly isOpen: (jobId: string) => Promise<boolean>;
  /** Waits before the jobs are asked for again. It rejects to end the sending. */
  readonly pause: () => Promise<void>;
}

/** Sends what was not sent, in order, so that never more than some of it is open; gives the ids of all jobs, by group. */
export async function sendInWaves<Group>({ groups, sent, send, isOpen, pause }: Waves<Group>): Promise<string[][]> {
  const jobs = sent.map((ids) => [...ids]);
  let open = jobs.slice(-OPEN_AT_ONCE);
  for (const [index, group] of groups.entries()) {
    if (index < sent.length) continue;
    while (open.length >= OPEN_AT_ONCE) {
      open = await stillOpen(open, isOpen);
      if (open.length >= OPEN_AT_ONCE) await pause();
    }
    const made = await send(group, index);
    const ids = made.map(({ id }) => id);
    jobs.push(ids);
    if (!made.every(isFinal)) open.push(ids);
  }
  return jobs;
}

async function stillOpen(requests: readonly string[][], isOpen: Waves<unknown>['isOpen']): Promise<string[][]> {
  const found = new Set<string[]>();
  await mapConcurrent(requests, ASKED_AT_ONCE, async (ids) => {
    for (const id of ids) {
      if (!(await isOpen(id))) continue;
      found.add(ids);
      return;
    }
  });
  return requests.filter((ids) => found.has(ids));
}
