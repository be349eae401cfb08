import { DAY_MS } from '../durations.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import type { LastFailure } from '../users/mirror.ts';
import { type AttemptContext, isSameCaller } from './attempt-context.ts';

/** After Graph's window of 24 hours, the same refusal is recorded again. */
const SAME_FAILURE_MS = DAY_MS;

/** Whether the last refusal of a user says what `context` would record of them. */
export function isSameFailure(
  last: Pick<AuditEvent, Exclude<keyof LastFailure, 'operationId'>>,
  code: number | undefined,
  context: AttemptContext,
): boolean {
  return (
    last.action === context.action &&
    last.code === code &&
    isSameCaller(last.actor, context.actor) &&
    last.onBehalfOf === context.onBehalfOf &&
    last.reason === context.reason &&
    last.reasonCode === context.reasonCode &&
    Date.parse(context.observedAt) - Date.parse(last.at) < SAME_FAILURE_MS
  );
}
