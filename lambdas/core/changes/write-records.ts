import type { AuditEvent } from '../history/audit-event.ts';
import { changeAmong, latestEvents } from '../history/last-change.ts';
import { inBatches } from '../in-batches.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { MirrorWrite, Records } from '../ports/user-store.ts';
import { type Alias, isAlias, type MirrorItem, type MirrorUser } from '../users/mirror.ts';
import type { AttemptContext, Transition } from './attempt-context.ts';
import { isSameFailure } from './same-failure.ts';

/**
 * How many users are written together: one call for their history and one for their items. Several groups are in progress at
 * once, so one is prepared while another is sent.
 */
const GROUP = 25;
const GROUPS_AT_ONCE = 16;

/**
 * Writes the history of each user, then their item. Gives the ids at which another writer was first. If it fails, some users
 * may have both records, and others only the history.
 */
export async function writeRecords(
  store: Pick<BlocklistStore, 'putRecords'>,
  phoneNumberId: string,
  records: Records,
): Promise<ReadonlySet<string>> {
  const lockConflicts = new Set<string>();
  await mapConcurrent(inGroups(records), GROUPS_AT_ONCE, async (group) => {
    for (const id of await store.putRecords(phoneNumberId, group)) lockConflicts.add(id);
  });
  return lockConflicts;
}

/** Puts each user's event into the group of their item. */
function inGroups({ writes, events }: Records): Records[] {
  const groups: { writes: MirrorWrite[]; events: AuditEvent[] }[] = [];
  const groupOf = new Map<string, number>();
  const at = (index: number) => {
    groups[index] ??= { writes: [], events: [] };
    return groups[index];
  };
  writes.forEach((write, place) => {
    const index = Math.floor(place / GROUP);
    groupOf.set(write.id, index);
    at(index).writes.push(write);
  });
  const others = events.filter((event) => {
    const index = groupOf.get(event.user);
    if (index !== undefined) at(index).events.push(event);
    return index === undefined;
  });
  for (const some of inBatches(others, GROUP)) groups.push({ writes: [], events: some });
  return groups;
}

/**
 * The events that are not recorded yet. If another operation came between a crash and the repeat, the repeat records its
 * change again, after the other one, unless its own event is there and the history ends with the same action. So does a second
 * attempt to write (`isRepeat`), if another writer was first at the item.
 */
export async function unrecordedEvents(
  store: Pick<BlocklistStore, 'pageEvents'>,
  context: AttemptContext & { readonly phoneNumberId: string; readonly isRepeat: boolean },
  planned: readonly Planned[],
): Promise<AuditEvent[]> {
  const events = await Promise.all(
    planned.map(async ({ user, prior, change }) => {
      const { event } = change;
      if (!event) return [];
      const left = isAlias(prior) && prior.isPreviousId ? prior : undefined;
      const isSure = event.outcome !== 'succeeded' || (event.at === context.startedAt && !context.isRepeat);
      if (isSure && !left) return [event];
      const latest = await latestEvents(store, context.phoneNumberId, user);
      if (left && saysTheSame(latest, left, { event, context })) return [];
      if (event.outcome !== 'succeeded') return [event];
      const last = changeAmong(latest);
      const isOwn = (one: AuditEvent) => one.operationId === context.operationId && one.action === context.action;
      if (latest.some(isOwn) && last?.action === context.action) return [];
      // The item does not have the events of the previous owner of this id.
      return left && last && last.at >= event.at ? [{ ...event, at: context.answeredAt }] : [event];
    }),
  );
  return events.flat();
}

/**
 * Whether the history of a number says the same since its user has left it. Of other users, their item tells that; such a number
 * has none. The unblock by which the user's block moved does not count: nobody asked for it.
 */
function saysTheSame(
  latest: readonly AuditEvent[],
  { movedAt = '' }: Alias,
  { event, context }: { readonly event: AuditEvent; readonly context: AttemptContext },
): boolean {
  const asked = latest.filter(({ at, source }) => at >= movedAt && source !== 'webhook');
  const [last] = asked;
  if (event.outcome === 'failed') return last?.outcome === 'failed' && isSameFailure(last, event.code, context);
  return event.action === 'unblock' && changeAmong(asked)?.action === 'unblock';
}

interface Planned {
  readonly user: string;
  readonly prior: MirrorItem | undefined;
  readonly change: Transition;
}

/**
 * A number that was an alias and is now a user of its own replaces the alias, and keeps who left it, and when. But a refusal, or
 * an unblock that changes nothing, does not make a user of a number that its user has left: it is recorded in the history only.
 */
export function writeOf({ user, prior, change: { next } }: Planned): (MirrorWrite & { readonly next: MirrorUser })[] {
  if (!next) return [];
  if (!isAlias(prior)) return [{ id: user, prior, next }];
  const { aliasOf, isPreviousId, movedAt } = prior;
  if (isPreviousId && (next.state === 'unknown' || next.change === 'alreadyUnblocked')) return [];
  const leftBy = isPreviousId ? aliasOf : undefined;
  return [{ id: user, prior, next: { ...next, movedAt, leftBy, revision: prior.revision + 1 } }];
}

/** What an unblock tells of a number that its user has left: the alias remembers when Graph had it unblocked. */
export function seenUnblocked({ user, prior, change: { next } }: Planned): MirrorWrite[] {
  if (!isAlias(prior) || !prior.isPreviousId || next?.change !== 'alreadyUnblocked') return [];
  const { observedAt, callDurationMs } = next;
  return [{ id: user, prior, next: { ...prior, observedAt, callDurationMs, revision: prior.revision + 1 } }];
}
