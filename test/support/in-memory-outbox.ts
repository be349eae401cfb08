import * as z from 'zod/mini';
import type { ServiceEvent } from '../../lambdas/core/events/event.ts';
import { EVENTS } from '../../lambdas/core/events/schemas.ts';
import type { EventBus, EventOutbox, EventPlaceInOutbox, WaitingEvent } from '../../lambdas/core/ports/event-outbox.ts';

/** The outbox of the stores in memory. It refuses an event that is not as its schema says. */
export class InMemoryOutbox implements EventOutbox {
  readonly waiting = new Map<string, ServiceEvent>();
  /** Every event that was ever recorded, in order. */
  readonly recorded: ServiceEvent[] = [];
  #tell: (place: EventPlaceInOutbox) => void = () => {};

  /** Tells of each event as the stream of the table would. */
  listen(tell: (place: EventPlaceInOutbox) => void): void {
    this.#tell = tell;
  }

  record(event: ServiceEvent | undefined): void {
    if (!event) return;
    const { type, detail } = event;
    const { shape } = EVENTS[type];
    z.strictObject(shape).parse(detail);
    this.waiting.set(detail.id, event);
    this.recorded.push(event);
    this.#tell({ partition: 'OUTBOX', id: detail.id });
  }

  async getEvents(places: readonly EventPlaceInOutbox[]): Promise<WaitingEvent[]> {
    return places.flatMap((place) => {
      const event = this.waiting.get(place.id);
      return event ? [{ place, event }] : [];
    });
  }

  async *listEvents(before: string): AsyncGenerator<WaitingEvent[]> {
    const late = [...this.waiting.values()].filter(({ detail }) => detail.at < before);
    if (late.length > 0) yield late.map((event) => ({ place: { partition: 'OUTBOX', id: event.detail.id }, event }));
  }

  async removeEvents(places: readonly EventPlaceInOutbox[]): Promise<void> {
    for (const { id } of places) this.waiting.delete(id);
  }
}

/** A bus that keeps what it takes. */
export class FakeBus implements EventBus {
  readonly taken: ServiceEvent[] = [];
  /** Why the bus does not take an event; by default, it takes all. */
  refuses: (event: ServiceEvent) => string | undefined = () => undefined;

  async putEvents(events: readonly ServiceEvent[]): Promise<ReadonlyMap<string, string>> {
    const refused = new Map<string, string>();
    for (const event of events) {
      const reason = this.refuses(event);
      if (reason === undefined) this.taken.push(event);
      else refused.set(event.detail.id, reason);
    }
    return refused;
  }
}
