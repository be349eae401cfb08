import type { Asked } from '../users/asked.ts';
import type { Requester } from '../users/mirror.ts';

/** Something that somebody asks of one job. */
export interface JobRequest extends Omit<Asked, 'at'> {
  readonly id: string;
}

/** What somebody did to a job after it was created. */
export interface JobActivity extends Asked {
  readonly verb: 'cancelled' | 'retried';
}

/** What a job says of whose doing it is. */
interface Acted extends Requester {
  readonly createdAt: string;
  readonly activity?: readonly JobActivity[] | undefined;
}

/** All that was asked of a job and by whom, from its creation on. */
export function activityOf(job: Acted): readonly (Asked & { readonly verb: 'created' | JobActivity['verb'] })[] {
  const { createdAt: at, actor, onBehalfOf, activity = [] } = job;
  return [{ at, verb: 'created', actor, onBehalfOf }, ...activity];
}

/** On whose behalf the present run changes users: whoever asked for it last. The reason stays the job's. */
export function doerOf(job: Acted): Requester {
  const { actor, onBehalfOf } = job.activity?.findLast(({ verb }) => verb === 'retried') ?? job;
  return { actor, onBehalfOf, reason: job.reason };
}
