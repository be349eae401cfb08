import { LATE_EVENT_SECONDS } from '../../contract/events.ts';
import { LOGGED } from '../../contract/logged.ts';
import { isoTime } from '../iso-time.ts';
import type { EventBus, EventOutbox, EventPlaceInOutbox, WaitingEvent } from '../ports/event-outbox.ts';
import type { Clock, Log } from '../ports/services.ts';

export interface PublishEventsDeps {
  readonly outbox: EventOutbox;
  readonly bus: EventBus;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'error'>;
}

/** The bus did not take some events. They wait in the outbox, and whoever called this tries again. */
export class EventsNotPublishedError extends Error {
  override readonly name = 'EventsNotPublishedError';
}

/**
 * Publishes the events at these places, at least once each: an event leaves the outbox only after the bus took it, so whoever dies
 * between the two publishes it again, under the same id. Events that have left are published already. Throws
 * `EventsNotPublishedError` at the end if the bus did not take some. Gives how many it took.
 */
export async function publishEvents(deps: PublishEventsDeps, places: readonly EventPlaceInOutbox[]): Promise<number> {
  return publish(deps, await deps.outbox.getEvents(places));
}

/** Publishes what should have been published by now, and was not. */
export async function republishEvents(deps: PublishEventsDeps): Promise<number> {
  const before = isoTime(deps.clock.now() - LATE_EVENT_SECONDS * 1_000);
  let [published, failures] = [0, 0];
  for await (const page of deps.outbox.listEvents(before)) {
    try {
      published += await publish(deps, page);
    } catch (error) {
      if (!(error instanceof EventsNotPublishedError)) throw error;
      failures += 1;
    }
  }
  if (failures > 0) throw new EventsNotPublishedError('Events still wait in the outbox; see the log');
  return published;
}

async function publish(
  { outbox, bus, clock, log }: PublishEventsDeps,
  found: readonly WaitingEvent[],
): Promise<number> {
  const waiting = [...found].sort((a, b) => (a.event.detail.sequence < b.event.detail.sequence ? -1 : 1));
  const refused = await bus.putEvents(waiting.map(({ event }) => event));
  const taken = waiting.filter(({ event }) => !refused.has(event.detail.id));
  const latestMs = clock.now() - LATE_EVENT_SECONDS * 1_000;
  const late = waiting.filter(({ event }) => Date.parse(event.detail.at) < latestMs);
  if (late.length > 0) {
    const [oldest = ''] = late.map(({ event }) => event.detail.at).sort();
    log.error(LOGGED.eventsLate, { events: late.length, oldest, not_published: refused.size });
  }
  await outbox.removeEvents(taken.map(({ place }) => place));
  if (refused.size > 0) {
    const reasons = [...new Set(refused.values())].join(', ');
    throw new EventsNotPublishedError(`The bus did not take ${refused.size} of ${waiting.length} events: ${reasons}`);
  }
  return taken.length;
}
