import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../contract/table.ts';
import type { JobActivity } from '../../core/jobs/activity.ts';
import type { Job, JobError } from '../../core/jobs/job.ts';
import type { JobEnd, RetryAsked } from '../../core/ports/job-store.ts';
import type { Asked } from '../../core/users/asked.ts';
import { SCHEDULED } from './keys.ts';
import { toItem } from './table.ts';

/** A conditional change of a job's item. If the condition does not hold, another writer was first, and that is fine. */
export interface JobChange
  extends Pick<
    UpdateItemCommandInput,
    'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
  > {
  readonly UpdateExpression: string;
}

/** Condition of changes that may happen only before the end of a job. */
const OPEN = '#status IN (:queued, :running)';
const OPEN_VALUES = { ':queued': 'queued', ':running': 'running' } as const;

export function running(startedAt: string): JobChange {
  return {
    UpdateExpression: 'SET #status = :running, startedAt = if_not_exists(startedAt, :at)',
    ConditionExpression: '#status = :queued',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: toItem({ ...OPEN_VALUES, ':at': startedAt }),
  };
}

export function stopped(run: number, { code, message }: JobError): JobChange {
  return {
    UpdateExpression: 'SET #error = :error',
    ConditionExpression: `${OPEN} AND #run = :run AND attribute_not_exists(#error)`,
    ExpressionAttributeNames: { '#status': 'status', '#run': 'run', '#error': 'error' },
    ExpressionAttributeValues: toItem({ ...OPEN_VALUES, ':run': run, ':error': { code, message } }),
  };
}

export function finished(run: number, end: JobEnd): JobChange {
  return {
    UpdateExpression:
      'SET #status = :status, finishedAt = :at, progress = :progress REMOVE scheduledBucket, scheduledAt',
    ConditionExpression: `${OPEN} AND #run = :run`,
    ExpressionAttributeNames: { '#status': 'status', '#run': 'run' },
    ExpressionAttributeValues: toItem({
      ...OPEN_VALUES,
      ':run': run,
      ':status': end.status,
      ':at': end.finishedAt,
      ':progress': end.progress,
    }),
  };
}

/** Appends to `activity`; no entry in it is ever written again. */
const APPEND = '#activity = list_append(if_not_exists(#activity, :none), :entry)';

function entryOf(verb: JobActivity['verb'], { at, actor, onBehalfOf }: Asked) {
  return { ':none': [], ':entry': [{ at, verb, actor, onBehalfOf }] };
}

export function cancelled(asked: Asked): JobChange {
  return {
    UpdateExpression: `SET cancelledAt = :at, ${APPEND}`,
    ConditionExpression: `${OPEN} AND attribute_not_exists(cancelledAt)`,
    ExpressionAttributeNames: { '#status': 'status', '#activity': 'activity' },
    ExpressionAttributeValues: toItem({ ...OPEN_VALUES, ':at': asked.at, ...entryOf('cancelled', asked) }),
  };
}

export function reopened(
  { run, execution }: Pick<Job, 'run' | 'execution'>,
  asked: RetryAsked,
  next: { readonly scheduledAt: string; readonly ttl: number },
): JobChange {
  return {
    UpdateExpression:
      `SET #status = :queued, #run = :next, #execution = :execution, retriedAt = :at, retriedUsers = :users, ${APPEND}, scheduledBucket = :jobs, scheduledAt = :due, #ttl = :ttl` +
      ' REMOVE #error, cancelledAt, finishedAt, progress',
    ConditionExpression: `attribute_exists(pk) AND NOT ${OPEN} AND #run = :run AND attribute_not_exists(revertedBy)`,
    ExpressionAttributeNames: {
      '#status': 'status',
      '#run': 'run',
      '#execution': 'execution',
      '#error': 'error',
      '#activity': 'activity',
      '#ttl': TABLE.ttl,
    },
    ExpressionAttributeValues: toItem({
      ...OPEN_VALUES,
      ...entryOf('retried', asked),
      ':run': run,
      ':next': run + 1,
      ':execution': execution + 1,
      ':at': asked.at,
      ':users': asked.retriedUsers,
      ':jobs': SCHEDULED.jobs,
      ':due': next.scheduledAt,
      ':ttl': next.ttl,
    }),
  };
}

export function reverted(run: number, revertId: string, asked: Asked): JobChange {
  return {
    UpdateExpression: `SET revertedBy = :revert, ${APPEND}`,
    ConditionExpression: `attribute_exists(pk) AND NOT ${OPEN} AND #run = :run AND attribute_not_exists(revertedBy)`,
    ExpressionAttributeNames: { '#status': 'status', '#run': 'run', '#activity': 'activity' },
    ExpressionAttributeValues: toItem({
      ...OPEN_VALUES,
      ...entryOf('reverted', asked),
      ':run': run,
      ':revert': revertId,
    }),
  };
}

export function nextExecution(execution: number): JobChange {
  return {
    UpdateExpression: 'SET #execution = :next',
    ConditionExpression: `${OPEN} AND #execution = :execution`,
    ExpressionAttributeNames: { '#status': 'status', '#execution': 'execution' },
    ExpressionAttributeValues: toItem({ ...OPEN_VALUES, ':execution': execution, ':next': execution + 1 }),
  };
}

export function postponed(scheduledAt: string): JobChange {
  return {
    UpdateExpression: 'SET scheduledAt = :due',
    ConditionExpression: OPEN,
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: toItem({ ...OPEN_VALUES, ':due': scheduledAt }),
  };
}
