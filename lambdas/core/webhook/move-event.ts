import { DependencyError } from '../errors.ts';
import type { AuditEvent } from '../history/audit-event.ts';
import type { Move } from './notice.ts';

/** What the history says of a user who has another id. */
export function moveEvent(
  { change: { action }, forwarder }: Move,
  of: Pick<AuditEvent, 'user' | 'previous' | 'at' | 'operationId'>,
): AuditEvent {
  return { ...of, action, outcome: 'succeeded', ...forwarder, source: 'webhook' };
}

/** Whoever forwards the news sends it again. */
export function otherWriters(): DependencyError {
  return new DependencyError('Other writers keep changing the user who moved');
}
