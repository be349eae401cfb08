import { beforeEach, describe, expect, test } from 'vitest';
import type { ServiceEvent } from '../../../lambdas/core/events/event.ts';
import {
  EventsNotPublishedError,
  publishEvents,
  republishEvents,
} from '../../../lambdas/core/events/publish-events.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeBus, InMemoryOutbox } from '../../support/in-memory-outbox.ts';

const NUMBER = '106540352242922';
const SEQUENCE = '01K8ZJQ5Z0N4Q2T5V7W9X1Y3Z';

let clock: FakeClock;
let outbox: InMemoryOutbox;
let bus: FakeBus;
let logged: { message: string; fields: object }[];
beforeEach(() => {
  clock = new FakeClock();
  outbox = new InMemoryOutbox();
  bus = new FakeBus();
  logged = [];
});

const deps = () => ({
  clock,
  outbox,
  bus,
  log: { error: (message: string, fields: object) => void logged.push({ message, fields }) },
});
/** An event that is recorded now. */
function record(id: string, sequence = `${SEQUENCE}A`): ServiceEvent {
  const at = new Date(clock.ms).toISOString();
  const event: ServiceEvent = {
    type: 'Number Not Reconciled',
    detail: { id, sequence, at, phone_number_id: NUMBER, code: 10 },
  };
  outbox.record(event);
  return event;
}
const places = (...ids: string[]) => ids.map((id) => ({ partition: 'OUTBOX', id }));

describe('events that the stream tells of', () => {
  test('are published in the order of their sequence, and leave', async () => {
    const later = record('a', `${SEQUENCE}C`);
    const first = record('b', `${SEQUENCE}B`);
    expect(await publishEvents(deps(), places('a', 'b'))).toBe(2);
    expect(bus.taken).toEqual([first, later]);
    expect([...outbox.waiting]).toEqual([]);
    expect(logged).toEqual([]);
  });

  test('are not published again if the stream tells of them once more', async () => {
    record('a');
    for (const taken of [1, 0]) expect(await publishEvents(deps(), places('a'))).toBe(taken);
    expect(bus.taken).toHaveLength(1);
  });

  test('are published again, under the same id, if the publisher died before it removed them', async () => {
    record('a');
    const dying = {
      ...deps(),
      outbox: Object.assign(Object.create(outbox), { removeEvents: () => Promise.reject(new Error('killed')) }),
    };
    await expect(publishEvents(dying, places('a'))).rejects.toThrow('killed');
    await publishEvents(deps(), places('a'));
    expect(bus.taken.map(({ detail }) => detail.id)).toEqual(['a', 'a']);
  });

  test('stay, and fail the call, if the bus does not take them; the others leave', async () => {
    record('a');
    record('b');
    bus.refuses = ({ detail }) => (detail.id === 'a' ? 'ThrottlingException' : undefined);
    await expect(publishEvents(deps(), places('a', 'b'))).rejects.toThrow(
      new EventsNotPublishedError('The bus did not take 1 of 2 events: ThrottlingException'),
    );
    expect([...outbox.waiting.keys()]).toEqual(['a']);
  });

  test('are reported if they are late, whether the bus takes them or not', async () => {
    const { detail } = record('a');
    clock.advance(60_000);
    bus.refuses = () => 'ThrottlingException';
    await expect(publishEvents(deps(), places('a'))).rejects.toThrow(EventsNotPublishedError);
    expect(logged).toEqual([]);
    clock.advance(1);
    await expect(publishEvents(deps(), places('a'))).rejects.toThrow(EventsNotPublishedError);
    bus.refuses = () => undefined;
    await publishEvents(deps(), places('a'));
    expect(logged).toEqual([
      { message: 'events late', fields: { events: 1, oldest: detail.at, not_published: 1 } },
      { message: 'events late', fields: { events: 1, oldest: detail.at, not_published: 0 } },
    ]);
  });
});

describe('events that are left', () => {
  test('are published after a minute, and younger ones are left to the stream', async () => {
    record('old');
    clock.advance(60_001);
    record('young');
    expect(await republishEvents(deps())).toBe(1);
    expect([...outbox.waiting.keys()]).toEqual(['young']);
  });

  test('stay if the bus does not take them, and that is an error', async () => {
    record('old');
    clock.advance(60_001);
    bus.refuses = () => 'ThrottlingException';
    await expect(republishEvents(deps())).rejects.toThrow(EventsNotPublishedError);
    expect([...outbox.waiting.keys()]).toEqual(['old']);
  });
});
