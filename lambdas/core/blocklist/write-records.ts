import { inParallel } from '../in-parallel.ts';
import { lastChange } from './last-change.ts';
import { type AuditEvent, isAlias, type Stored } from './mirror.ts';
import type { Pass, Transition } from './pass.ts';
import type { BlocklistStore, MirrorWrite, Records } from './store.ts';

/**
 * Users written together, one call for their history and one for their items; and how many such groups at once. One goes out
 * while the next is made ready, and the items of one follow while the history of another is on its way.
 */
const GROUP = 25;
const GROUPS_AT_ONCE = 16;

/**
 * Writes the history of each user, then their item; gives the ids where another writer was first. Where it fails, some users
 * may have both, and others their history only.
 */
export async function writeRecords(
  store: Pick<BlocklistStore, 'putRecords'>,
  phoneNumberId: string,
  records: Records,
): Promise<ReadonlySet<string>> {
  const lost = new Set<string>();
  await inParallel(inGroups(records), GROUPS_AT_ONCE, async (group) => {
    for (const id of await store.putRecords(phoneNumberId, group)) lost.add(id);
  });
  return lost;
}

/** Each user's event in the group of their item. */
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
  for (let from = 0; from < others.length; from += GROUP) {
    groups.push({ writes: [], events: others.slice(from, from + GROUP) });
  }
  return groups;
}

/**
 * The events that are news. A repeat after a crash, with another operation in between, has to tell its change again, after
 * the other's, unless its first telling stands last already.
 */
export async function untold(
  store: Pick<BlocklistStore, 'pageEvents'>,
  pass: Pass & { readonly phoneNumberId: string },
  planned: readonly { readonly user: string; readonly prior: Stored | undefined; readonly change: Transition }[],
): Promise<AuditEvent[]> {
  const events = await Promise.all(
    planned.map(async ({ user, prior, change: { event } }) => {
      if (!event) return [];
      const wasAnothers = isAlias(prior) && prior.former === true;
      if (event.outcome !== 'succeeded' || (event.at === pass.startedAt && !wasAnothers)) return [event];
      const last = await lastChange(store, pass.phoneNumberId, user);
      if (last?.operationId === pass.operationId && last.action === pass.action) return [];
      // The item knows nothing of what was told of whoever had this id before.
      return wasAnothers && last && last.at >= event.at ? [{ ...event, at: pass.answeredAt }] : [event];
    }),
  );
  return events.flat();
}

/** A number that used to be an alias and now is a user of its own takes the alias's place, and what is known of when it was left. */
export function writeOf(planned: { user: string; prior: Stored | undefined; change: Transition }) {
  const { user, prior, change } = planned;
  if (!change.next) return [];
  const next = isAlias(prior) ? { ...change.next, movedAt: prior.movedAt, revision: prior.revision + 1 } : change.next;
  return [{ id: user, prior, next }];
}
