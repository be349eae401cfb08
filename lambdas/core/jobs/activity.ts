import { type Asked, whoAndWhy } from '../users/asked.ts';
import type { Requester } from '../users/mirror.ts';

/** A caller's request about one job. */
export interface JobRequest extends Omit<Asked, 'at'> {
  readonly id: string;
}

/** What somebody did to a job after it was created. */
export interface JobActivity extends Asked {
  readonly verb: 'cancelled' | 'retried' | 'reverted';
}

/** What a job stores about its callers. */
interface Acted extends Requester {
  readonly createdAt: string;
  readonly activity?: readonly JobActivity[] | undefined;
}

/** Every request about a job and its caller, from its creation on. */
export function activityOf(job: Acted): readonly (Asked & { readonly verb: 'created' | JobActivity['verb'] })[] {
  const { createdAt: at, actor, onBehalfOf, activity = [] } = job;
  return [{ at, verb: 'created', actor, onBehalfOf }, ...activity];
}

/** The requester of the present run: whoever asked for it last. The reasons are still those of the job. */
export function doerOf(job: Acted): Requester {
  const { actor, onBehalfOf } = job.activity?.findLast(({ verb }) => verb === 'retried') ?? job;
  return { ...whoAndWhy(job), actor, onBehalfOf };
}
