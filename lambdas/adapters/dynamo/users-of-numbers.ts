import { type EventPage, eventKey, type NumberEvent, pageOfId } from '../../core/history/audit-event.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import type { MirrorItem } from '../../core/users/mirror.ts';
import type { NumberSummary } from '../../core/users/number-summary.ts';
import { embeddedEvent } from './embedded-event.ts';
import { keys } from './keys.ts';
import { parseMirrorItem } from './mirror-item.ts';
import { parseSummary } from './numbers.ts';
import { queryEvents } from './query-events.ts';
import { batchGet, type Table } from './table.ts';

/** Items of many numbers, a hundred in one call. */
export async function getUsersOfNumbers(
  table: Table,
  wanted: ReadonlyMap<string, readonly string[]>,
  consistent: boolean,
): Promise<Map<string, Map<string, MirrorItem>>> {
  const all = [...wanted].flatMap(([phoneNumberId, ids]) =>
    [...new Set(ids)].map((id) => keys.user(phoneNumberId, id)),
  );
  const found = new Map<string, Map<string, MirrorItem>>();
  for (const item of await batchGet(table, all, consistent)) {
    const phoneNumberId = keys.numberOfUser(String(item.pk));
    const ofNumber = found.get(phoneNumberId) ?? new Map<string, MirrorItem>();
    found.set(phoneNumberId, ofNumber.set(keys.userOf(String(item.sk)), parseMirrorItem(item)));
  }
  return found;
}

/** Partitions of the history read at once: as many as the client of DynamoDB has connections. */
const HISTORIES_AT_ONCE = 50;

/**
 * Each id of each number has a partition of its own, and a query reads one. Reads the items first and the history second, as
 * the history of one number is read.
 */
export async function pageEventsOfNumbers(
  table: Table,
  wanted: ReadonlyMap<string, readonly string[]>,
  page: EventPage,
): Promise<NumberEvent[]> {
  const stored = await getUsersOfNumbers(table, wanted, false);
  let events: NumberEvent[] = [];
  const take = (found: readonly NumberEvent[]) => {
    if (found.length === 0) return;
    // Only a page of all these numbers has to fit into memory.
    events = newestFirst([...events, ...found]).slice(0, page.limit);
  };
  const partitions = [...wanted].flatMap(([phoneNumberId, ids]) =>
    [...new Set(ids)].map((user) => ({ phoneNumberId, user })),
  );
  await mapConcurrent(partitions, HISTORIES_AT_ONCE, async (partition) => {
    const { phoneNumberId, user } = partition;
    const own = pageOfId(page, user, phoneNumberId);
    const found = await queryEvents(table, partition, own);
    const embedded = embeddedEvent(stored.get(phoneNumberId)?.get(user));
    // If it has just moved to the history, it was found there.
    const isNew = embedded && !found.some((event) => eventKey(event) === eventKey(embedded));
    if (isNew && (own.before === undefined || eventKey(embedded) < own.before)) found.push(embedded);
    take(found.map((event) => ({ ...event, phoneNumberId })));
  });
  return events;
}

function newestFirst(events: NumberEvent[]): NumberEvent[] {
  return events.sort((one, other) => (eventKey(one) < eventKey(other) ? 1 : -1));
}

export async function getSummaries(
  table: Table,
  phoneNumberIds: readonly string[],
): Promise<Map<string, NumberSummary>> {
  const wanted = [...new Set(phoneNumberIds)].map((phoneNumberId) => keys.summary(phoneNumberId));
  const items = await batchGet(table, wanted, false);
  return new Map(items.map((item) => [keys.numberOf(String(item.pk)), parseSummary(item)]));
}
