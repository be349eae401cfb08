import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE, PUT_EVENTS } from '../../contract/events.ts';
import type { ServiceEvent } from '../../core/events/event.ts';
import type { EventBus } from '../../core/ports/event-outbox.ts';

interface Entry {
  readonly id: string;
  readonly entry: PutEventsRequestEntry;
  readonly bytes: number;
}

/** An event bus of EventBridge. */
export class EventBridgeBus implements EventBus {
  readonly #client: EventBridgeClient;
  readonly #busName: string;

  constructor(client: EventBridgeClient, busName: string) {
    this.#client = client;
    this.#busName = busName;
  }

  async putEvents(events: readonly ServiceEvent[]): Promise<ReadonlyMap<string, string>> {
    const refused = new Map<string, string>();
    for (const batch of inCalls(events.map((event) => this.#entryOf(event)))) {
      for (const [id, reason] of await this.#put(batch)) refused.set(id, reason);
    }
    return refused;
  }

  /** One call. If it fails as a whole, none of its events is known to be taken. */
  async #put(batch: readonly Entry[]): Promise<[id: string, reason: string][]> {
    try {
      const { Entries = [] } = await this.#client.send(
        new PutEventsCommand({ Entries: batch.map(({ entry }) => entry) }),
      );
      return batch.flatMap(({ id }, index) => {
        const answer = Entries[index];
        return answer?.EventId === undefined ? [[id, answer?.ErrorCode ?? 'no answer']] : [];
      });
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown';
      return batch.map(({ id }) => [id, reason]);
    }
  }

  #entryOf({ type, detail }: ServiceEvent): Entry {
    const Detail = JSON.stringify(detail);
    const entry = {
      EventBusName: this.#busName,
      Source: EVENT_SOURCE,
      DetailType: type,
      Detail,
      Time: new Date(detail.at),
    };
    // As EventBridge counts: the time has 14 bytes.
    const bytes = Buffer.byteLength(Detail) + EVENT_SOURCE.length + type.length + 14;
    return { id: detail.id, entry, bytes };
  }
}

function inCalls(entries: readonly Entry[]): Entry[][] {
  const calls: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = calls.at(-1);
    if (last && last.length < PUT_EVENTS.entries && bytes + entry.bytes <= PUT_EVENTS.bytes) {
      last.push(entry);
      bytes += entry.bytes;
    } else {
      calls.push([entry]);
      bytes = entry.bytes;
    }
  }
  return calls;
}
