import type { AuditEvent } from '../history/audit-event.ts';
import { whoAndWhy } from '../users/asked.ts';
import type { MirrorUser, Requester, Terms } from '../users/mirror.ts';
import { type AttemptContext, isAppliedBy } from './attempt-context.ts';

/** When the change happened: when the operation began, or now, if another operation or attempt came between. */
export function eventTime(prior: MirrorUser | undefined, context: AttemptContext): string {
  const isLater = prior && (prior.observedAt > context.startedAt || isAppliedBy(prior, context.operationId));
  return isLater ? context.observedAt : context.startedAt;
}

/** Who asks for a change, on what terms, and by which job. */
export type JobRequester = Requester & Terms & Pick<AttemptContext, 'jobId'>;

/** Who asked for what this attempt carries out: its caller, or the caller who asked for the block that is deferred or moves. */
export function requesterOf(prior: MirrorUser | undefined, context: AttemptContext): JobRequester {
  if (context.scheduledAction === 'deferral' && prior) return prior;
  const { actor, onBehalfOf, jobId } = context.blockedBy ?? context;
  return { ...context, actor, onBehalfOf, jobId };
}

/** The user of an event, and when it happened. */
interface Happening {
  readonly user: string;
  /** ISO 8601. */
  readonly at: string;
  /** Who asked for it; the attempt's own caller by default. */
  readonly requester?: JobRequester;
}

/** The forwarder of a webhook is recorded as the actor of what it did. The item keeps the caller who asked for the block. */
export function eventOf(context: AttemptContext, { user, at, requester = context }: Happening): AuditEvent {
  const { actor, onBehalfOf } = context.source === 'webhook' ? context : requester;
  return {
    user,
    at,
    operationId: context.operationId,
    action: context.action,
    outcome: 'succeeded',
    ...whoAndWhy(requester),
    actor,
    onBehalfOf,
    source: context.source,
    jobId: requester.jobId,
    expiresAt: requester.expiresAt,
  };
}
