import { mapConcurrent } from '../../lambdas/core/map-concurrent.ts';
import type { Job } from '../../lambdas/openapi/job.ts';
import { isFinal } from '../api/is-final.ts';

/** Requests of an import whose jobs are open at the same time: a caller may have 50 open jobs on a number, and needs some for others. */
export const OPEN_AT_ONCE = 40;
const ASKED_AT_ONCE = 8;

export type SentJob = Pick<Job, 'id' | 'status'>;

export interface Waves<Group> {
  readonly groups: readonly Group[];
  /** How many of the groups were sent before, and the ids of the jobs of the last of them, by group. */
  readonly sent: number;
  readonly recent: readonly (readonly string[])[];
  /** Sends a group, and gives its jobs, one for each number. */
  readonly send: (group: Group, index: number) => Promise<readonly SentJob[]>;
  readonly isOpen: (jobId: string) => Promise<boolean>;
  /** Waits before the jobs are asked for again. It rejects to end the sending. */
  readonly pause: () => Promise<void>;
}

/** Sends what was not sent, in order, so that only so much of it is open at a time. */
export async function sendInWaves<Group>({ groups, sent, recent, send, isOpen, pause }: Waves<Group>): Promise<void> {
  let open = recent.slice(-OPEN_AT_ONCE);
  for (const [index, group] of groups.entries()) {
    if (index < sent) continue;
    while (open.length >= OPEN_AT_ONCE) {
      open = await stillOpen(open, isOpen);
      if (open.length >= OPEN_AT_ONCE) await pause();
    }
    const made = await send(group, index);
    if (!made.every(isFinal)) open = [...open, made.map(({ id }) => id)];
  }
}

async function stillOpen(requests: Waves<unknown>['recent'], isOpen: Waves<unknown>['isOpen']) {
  const found = new Set<readonly string[]>();
  await mapConcurrent(requests, ASKED_AT_ONCE, async (ids) => {
    for (const id of ids) {
      if (!(await isOpen(id))) continue;
      found.add(ids);
      return;
    }
  });
  return requests.filter((ids) => found.has(ids));
}
