import { type AuditEvent, isAlias, type MirrorUser, type Stored } from '../../core/blocklist/mirror.ts';
import type { MirrorWrite, Records } from '../../core/blocklist/store.ts';

/**
 * The line of the history that tells of a present block stands in the item of the user, which says the same already: so a
 * block is one write, not two. It moves to the history when the item comes to say something else; an item that goes away by
 * itself never holds one. Where a crash leaves it in both places it has the same key in both.
 */
export function toldEvent(stored: Stored | undefined): AuditEvent | undefined {
  if (!stored || isAlias(stored) || stored.state !== 'blocked' || stored.toldAt === undefined) return undefined;
  const { user, toldAt, toldBy, jobId, operationId, actor, onBehalfOf, reason, source, expiresAt } = stored;
  return {
    user,
    at: toldAt,
    operationId: toldBy ?? operationId,
    action: 'block',
    outcome: 'succeeded',
    actor,
    onBehalfOf,
    reason,
    source,
    jobId,
    expiresAt,
  };
}

/** What is to be written for a user with their event: the item, perhaps with a line in it, and the lines to write apart. */
export interface Placed {
  readonly write: MirrorWrite;
  /** To be written before the item. */
  readonly apart: readonly AuditEvent[];
}

export function placeEvent(write: MirrorWrite, event: AuditEvent | undefined): Placed {
  const next = withoutEvent(write.next);
  const before = toldEvent(write.prior);
  const lines = [event, before && event && isSame(before, event) ? undefined : before].filter(
    (one) => one !== undefined,
  );
  for (const line of lines) {
    const told = tell(next, line);
    if (told) return { write: { ...write, next: told }, apart: lines.filter((one) => one !== line) };
  }
  return { write: { ...write, next }, apart: lines };
}

/** The same for many users: every line that no item holds is told apart. */
export function placeEvents({ writes, events }: Records): { placed: readonly Placed[]; apart: readonly AuditEvent[] } {
  const ofUser = new Map(events.map((event) => [event.user, event]));
  const placed = writes.map((write) => placeEvent(write, ofUser.get(write.id)));
  const given = new Set(writes.map(({ id }) => ofUser.get(id)));
  return { placed, apart: [...placed.flatMap(({ apart }) => apart), ...events.filter((event) => !given.has(event))] };
}

/** The item with the event in it, where nothing of the event would be lost. */
function tell(next: Stored, event: AuditEvent): MirrorUser | undefined {
  if (isAlias(next)) return undefined;
  const toldBy = event.operationId === next.operationId ? undefined : event.operationId;
  const told = { ...next, toldAt: event.at, toldBy, jobId: event.jobId };
  const read = toldEvent(told);
  return read && isSame(read, event) ? told : undefined;
}

function withoutEvent(stored: Stored): Stored {
  return isAlias(stored) ? stored : { ...stored, toldAt: undefined, toldBy: undefined, jobId: undefined };
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
  source: true,
  jobId: true,
  expiresAt: true,
  previous: true,
} as const satisfies Record<keyof AuditEvent, true>;
const NAMES = Object.keys(FIELDS) as (keyof AuditEvent)[];

function isSame(one: AuditEvent, other: AuditEvent): boolean {
  return NAMES.every((name) => one[name] === other[name]);
}
