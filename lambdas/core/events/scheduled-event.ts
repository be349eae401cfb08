import type { Announce } from '../changes/attempt.ts';
import type { Operation } from '../changes/operation.ts';
import { type RecordDeps, recordedNow, type ServiceEvent } from './event.ts';

export interface ScheduledEventDeps extends RecordDeps {
  /** Whether events say who the users are. */
  readonly eventUsers: boolean;
}

/** Which part of an operation an event is about: what its worker saw, or what a reconciliation found out later. */
export interface ChangedUsers {
  readonly users: readonly string[];
  readonly count: number;
  readonly isResolved?: boolean;
}

type Changed = Pick<Operation, 'operationId' | 'phoneNumberId' | 'action' | 'source' | 'defer' | 'blockedBy'>;

/** The event of an operation that nobody asked for but the mirror; none for the others, and none if it changed nobody. */
export function scheduledEvent(
  deps: ScheduledEventDeps,
  operation: Changed,
  { users, count, isResolved = false }: ChangedUsers,
): ServiceEvent | undefined {
  const type = typeOf(operation);
  if (type === undefined || count <= 0) return undefined;
  const { operationId, phoneNumberId } = operation;
  const detail = {
    id: `operation/${operationId}${isResolved ? '/resolved' : ''}`,
    ...recordedNow(deps),
    phone_number_id: phoneNumberId,
    operation_id: operationId,
    count,
    ...(deps.eventUsers ? { users: [...users] } : {}),
  };
  return { type, detail };
}

/**
 * A webhook also moves blocks to other ids of their users, for whoever had asked for them (`blockedBy`). An operation that ends
 * deferred blocks does not defer; if its worker died, a reconciliation may find its users on Graph's list all the same.
 */
function typeOf({ action, source, defer, blockedBy }: Changed) {
  if (source === 'expiry') return 'Block Expired';
  if (action === 'unblock') return undefined;
  const isDeferred = source === 'deferred' || (source === 'webhook' && defer && !blockedBy);
  return isDeferred ? 'Deferred Block Applied' : undefined;
}

/** Makes that event when an operation ends. */
export function announceScheduled(deps: ScheduledEventDeps): Announce {
  return (operation, outcomes) => {
    const succeeded = outcomes.filter(({ failure, deferral }) => !failure && !deferral);
    const users = succeeded.map(({ identity }) => identity.id);
    return scheduledEvent(deps, operation, { users, count: users.length });
  };
}
