import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { ServiceEvent } from '../../core/events/event.ts';
import { EVENTS } from '../../core/events/schemas.ts';
import { mapConcurrent } from '../../core/map-concurrent.ts';
import type { EventOutbox, EventPlaceInOutbox, WaitingEvent } from '../../core/ports/event-outbox.ts';
import { batchGet, CONCURRENCY, type Item, type Table, toItem } from './table.ts';
import { outboxPages } from './waiting-events.ts';

const stored = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Job Finished'), detail: EVENTS['Job Finished'] }),
  z.object({ type: z.literal('Drift Found'), detail: EVENTS['Drift Found'] }),
  z.object({ type: z.literal('List Nearly Full'), detail: EVENTS['List Nearly Full'] }),
  z.object({ type: z.literal('Token Refused'), detail: EVENTS['Token Refused'] }),
  z.object({ type: z.literal('Token Expiring'), detail: EVENTS['Token Expiring'] }),
  z.object({ type: z.literal('Key Expiring'), detail: EVENTS['Key Expiring'] }),
  z.object({ type: z.literal('Block Expired'), detail: EVENTS['Block Expired'] }),
  z.object({ type: z.literal('Deferred Block Applied'), detail: EVENTS['Deferred Block Applied'] }),
  z.object({ type: z.literal('Number Not Reconciled'), detail: EVENTS['Number Not Reconciled'] }),
]) satisfies z.ZodMiniType<ServiceEvent>;

function parseEvent({ pk, sk, detailType, detail }: Item): WaitingEvent {
  const event = stored.parse({ type: detailType, detail });
  return { place: { partition: String(pk), id: String(sk) }, event };
}

const keyOf = ({ partition, id }: EventPlaceInOutbox) => ({ pk: partition, sk: id });

/** The outbox, for whoever publishes what is in it. What fills it: `outbox.ts`. */
export class DynamoEventOutbox implements EventOutbox {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async getEvents(places: readonly EventPlaceInOutbox[]): Promise<WaitingEvent[]> {
    return (await batchGet(this.#table, places.map(keyOf), true)).map(parseEvent);
  }

  async *listEvents(before: string): AsyncGenerator<WaitingEvent[]> {
    for await (const page of outboxPages(this.#table)) {
      const late = page.map(parseEvent).filter(({ event }) => event.detail.at < before);
      if (late.length > 0) yield late;
    }
  }

  async removeEvents(places: readonly EventPlaceInOutbox[]): Promise<void> {
    await mapConcurrent(places, CONCURRENCY, async (place) => {
      const Key = toItem(keyOf(place));
      await this.#table.client.send(new DeleteItemCommand({ TableName: this.#table.name, Key }));
    });
  }
}
