import type { ServiceEvent } from '../events/event.ts';

/** Where an event waits in the outbox. */
export interface EventPlaceInOutbox {
  /** Opaque: the partition of the event. */
  readonly partition: string;
  readonly id: string;
}

/** An event that is recorded, and not known to be published. */
export interface WaitingEvent {
  readonly place: EventPlaceInOutbox;
  readonly event: ServiceEvent;
}

/** Events that wait to be published. Whatever causes one writes it, mostly in the transaction of a change. */
export interface EventOutbox {
  /** Those of the places at which an event still waits, as it is now. */
  getEvents(places: readonly EventPlaceInOutbox[]): Promise<WaitingEvent[]>;
  /** Every event that was recorded before `before` (ISO 8601) and still waits, page by page. */
  listEvents(before: string): AsyncIterable<readonly WaitingEvent[]>;
  /** Events that were published leave. */
  removeEvents(places: readonly EventPlaceInOutbox[]): Promise<void>;
}

/** Events that no other change writes. */
export interface EventRecorder {
  /** Records each event unless one with its id waits. */
  addEvents(events: readonly ServiceEvent[]): Promise<void>;
  /**
   * Records that a list has reached a level, and the event that says so: both or neither, only if the list is that full, and only
   * above the level that is recorded.
   */
  tellFullness(event: Extract<ServiceEvent, { type: 'List Nearly Full' }>): Promise<void>;
}

/** The bus. */
export interface EventBus {
  /** Puts the events on the bus. Gives those that it did not take, by their ids, and why. Never throws. */
  putEvents(events: readonly ServiceEvent[]): Promise<ReadonlyMap<string, string>>;
}
