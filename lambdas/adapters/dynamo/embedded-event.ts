import type { AuditEvent } from '../../core/history/audit-event.ts';
import type { MirrorWrite, Records } from '../../core/ports/user-store.ts';
import { whoAndWhy } from '../../core/users/asked.ts';
import { isAlias, type MirrorItem, type MirrorUser } from '../../core/users/mirror.ts';

/**
 * The audit event of a present block is embedded in the user's item, which has the same facts already, so a block takes one
 * write and not two. It moves to the history when the item changes; an item that expires never holds one. If a crash leaves
 * it in both places, it has the same key in both.
 */
export function embeddedEvent(stored: MirrorItem | undefined): AuditEvent | undefined {
  if (!stored || isAlias(stored) || stored.state !== 'blocked' || stored.eventAt === undefined) return undefined;
  const { user, eventAt, eventOperationId, jobId, operationId, source, expiresAt } = stored;
  return {
    user,
    at: eventAt,
    operationId: eventOperationId ?? operationId,
    action: 'block',
    outcome: 'succeeded',
    ...whoAndWhy(stored),
    source,
    jobId,
    expiresAt,
  };
}

/**
 * The writes for a user with their event: the item, perhaps with an event embedded in it, and the events to write separately.
 */
export interface Placed {
  readonly write: MirrorWrite;
  /** To be written before the item. */
  readonly apart: readonly AuditEvent[];
}

export function placeEvent(write: MirrorWrite, event: AuditEvent | undefined): Placed {
  const next = withoutEvent(write.next);
  const before = embeddedEvent(write.prior);
  const events = [event, before && event && isSame(before, event) ? undefined : before].filter(
    (one) => one !== undefined,
  );
  for (const candidate of events) {
    const embedded = embed(next, candidate);
    if (embedded) return { write: { ...write, next: embedded }, apart: events.filter((one) => one !== candidate) };
  }
  return { write: { ...write, next }, apart: events };
}

/** The same for many users. Every event that is not embedded in an item is written separately. */
export function placeEvents({ writes, events }: Records): { placed: readonly Placed[]; apart: readonly AuditEvent[] } {
  const ofUser = new Map(events.map((event) => [event.user, event]));
  const placed = writes.map((write) => placeEvent(write, ofUser.get(write.id)));
  const given = new Set(writes.map(({ id }) => ofUser.get(id)));
  return { placed, apart: [...placed.flatMap(({ apart }) => apart), ...events.filter((event) => !given.has(event))] };
}

/** The item with the event embedded, if that keeps every field of the event. */
function embed(next: MirrorItem, event: AuditEvent): MirrorUser | undefined {
  if (isAlias(next)) return undefined;
  const eventOperationId = event.operationId === next.operationId ? undefined : event.operationId;
  const embedded = { ...next, eventAt: event.at, eventOperationId };
  const read = embeddedEvent(embedded);
  return read && isSame(read, event) ? embedded : undefined;
}

function withoutEvent(stored: MirrorItem): MirrorItem {
  return isAlias(stored) ? stored : { ...stored, eventAt: undefined, eventOperationId: undefined };
}

const FIELDS = {
  user: true,
  at: true,
  operationId: true,
  action: true,
  outcome: true,
  code: true,
  actor: true,
  onBehalfOf: true,
  reason: true,
  reasonCode: true,
  source: true,
  jobId: true,
  expiresAt: true,
  previous: true,
} as const satisfies Record<keyof AuditEvent, true>;
const NAMES = Object.keys(FIELDS) as (keyof AuditEvent)[];

function isSame(one: AuditEvent, other: AuditEvent): boolean {
  return NAMES.every((name) => one[name] === other[name]);
}
