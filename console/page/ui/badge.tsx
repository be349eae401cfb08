import type { Job } from '../../../lambdas/openapi/job.ts';
import type { KnownUser } from '../../../lambdas/openapi/user.ts';

const STATES: Readonly<Record<KnownUser['state'], readonly [text: string, tone: string]>> = {
  blocked: ['Blocked', 'bad'],
  deferred: ['Will be blocked when they write', 'wait'],
  unblocked: ['Not blocked any more', 'good'],
  unknown: ['Never blocked', 'good'],
};

export function StateBadge({ state }: { readonly state: KnownUser['state'] }) {
  const [text, tone] = STATES[state];
  return <span class={`badge ${tone}`}>{text}</span>;
}

const STATUSES: Readonly<Record<Job['status'], readonly [text: string, tone: string]>> = {
  queued: ['Queued', 'wait'],
  running: ['Running', 'wait'],
  succeeded: ['Succeeded', 'good'],
  partially_failed: ['Some not done', 'wait'],
  failed: ['Failed', 'bad'],
  cancelled: ['Cancelled', 'plain'],
};

export function StatusBadge({ status }: { readonly status: Job['status'] }) {
  const [text, tone] = STATUSES[status];
  return <span class={`badge ${tone}`}>{text}</span>;
}

export const STATUS_NAMES: Readonly<Record<Job['status'], string>> = {
  queued: STATUSES.queued[0],
  running: STATUSES.running[0],
  succeeded: STATUSES.succeeded[0],
  partially_failed: STATUSES.partially_failed[0],
  failed: STATUSES.failed[0],
  cancelled: STATUSES.cancelled[0],
};
