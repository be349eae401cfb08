import type { ServiceEvent } from '../../lambdas/core/events/event.ts';
import type { EventBus } from '../../lambdas/core/ports/event-outbox.ts';
import type { StoreFaults } from './faulty-stores.ts';
import type { Interleaver } from './interleaver.ts';

/** The bus: throttled as often as the table, for a part of the events or for all, and its answers get lost. */
export class ModelBus implements EventBus {
  /** What subscribers have got. */
  readonly published: ServiceEvent[] = [];
  readonly #interleaver: Interleaver;
  readonly #faults: StoreFaults;

  constructor(interleaver: Interleaver, faults: StoreFaults) {
    this.#interleaver = interleaver;
    this.#faults = faults;
  }

  putEvents(events: readonly ServiceEvent[]): Promise<ReadonlyMap<string, string>> {
    return this.#interleaver.call(async () => {
      const { random, rate } = this.#faults;
      const isThrottled = events.map(() => random() < rate * 4);
      const isLost = random() < rate;
      const taken = events.filter((_, index) => !isThrottled[index]);
      this.published.push(...taken);
      const untold = isLost ? events : events.filter((_, index) => isThrottled[index]);
      return new Map(untold.map(({ detail }) => [detail.id, 'ThrottlingException']));
    });
  }
}
