import { numberOf, type ServiceEvent } from '../../core/events/event.ts';
import { EVERY_NUMBER } from '../../core/ids.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import { keys } from './keys.ts';
import { CONCURRENCY, type Item, putNew, type Table, toItem } from './table.ts';
import type { TransactItems } from './transact.ts';

/** Everything of the event is in `detail`, as it is published. It has no time to live: only who published it removes it. */
function outboxItem(event: ServiceEvent): Item {
  const { type, detail } = event;
  return { ...keys.waitingEvent(numberOf(event) ?? EVERY_NUMBER, detail.id), detailType: type, detail };
}

/** The event as a part of a transaction; nothing if there is none. */
export function recordEvent(table: Table, event: ServiceEvent | undefined): TransactItems {
  return event ? [{ Put: { TableName: table.name, Item: toItem(outboxItem(event)) } }] : [];
}

export async function addEvents(table: Table, events: readonly ServiceEvent[]): Promise<void> {
  await mapConcurrent(events, CONCURRENCY, async (event) => void (await putNew(table, outboxItem(event))));
}
