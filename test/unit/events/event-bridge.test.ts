import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { EventBridgeBus } from '../../../lambdas/adapters/events/event-bridge.ts';
import type { ServiceEvent } from '../../../lambdas/core/events/event.ts';

const entry = z.strictObject({
  EventBusName: z.literal('Blocklist-prod'),
  Source: z.literal('whatsapp-blocklist'),
  DetailType: z.string(),
  Detail: z.string(),
  Time: z.date(),
});
const put = z.object({ Entries: z.array(entry) });

afterEach(() => vi.restoreAllMocks());

type Answer = { ErrorCode?: string; EventId?: string }[] | Error;

/** A bus whose calls answer in turn; every further call takes all. */
function busOf(...answers: Answer[]) {
  const calls: z.output<typeof put>['Entries'][] = [];
  const client = new EventBridgeClient({ region: 'eu-west-1' });
  vi.spyOn(client, 'send').mockImplementation(async ({ input }: { readonly input: unknown }) => {
    const { Entries } = put.parse(input);
    calls.push(Entries);
    const answer = answers.shift() ?? Entries.map((_, index) => ({ EventId: String(index) }));
    if (answer instanceof Error) throw answer;
    return { Entries: answer };
  });
  return { bus: new EventBridgeBus(client, 'Blocklist-prod'), calls };
}

function event(id: string, users: readonly string[] = []): ServiceEvent {
  return {
    type: 'Block Expired',
    detail: {
      id,
      sequence: '01K8ZJQ5Z0N4Q2T5V7W9X1Y3ZA',
      at: '2026-11-01T12:00:00.000Z',
      phone_number_id: '106540352242922',
      operation_id: '01K3B9QZ4T7N2V5X8Y1Z3B6C9D',
      count: users.length,
      users: [...users],
    },
  };
}
const named = (count: number) => Array.from({ length: count }, (_, index) => event(String(index)));

describe('the bus', () => {
  test('gets each event as it is, under the name of its type and at its time', async () => {
    const { bus, calls } = busOf();
    expect(await bus.putEvents([event('a')])).toEqual(new Map());
    const [[sent] = []] = calls;
    expect(sent).toMatchObject({ DetailType: 'Block Expired', Time: new Date('2026-11-01T12:00:00.000Z') });
    expect(JSON.parse(sent?.Detail ?? '')).toEqual(event('a').detail);
  });

  test('gets ten events in a call', async () => {
    const { bus, calls } = busOf();
    await bus.putEvents(named(25));
    expect(calls.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  test('gets no more than 256 KB in a call: events that name a thousand users each go in several', async () => {
    const { bus, calls } = busOf();
    // The longest id of a user that Graph gives.
    const users = Array.from({ length: 1_000 }, (_, index) => `US.${String(index).padStart(128, '1')}`);
    await bus.putEvents(named(4).map(({ detail }) => event(detail.id, users)));
    expect(calls.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    const bytes = calls.flat().map(({ Detail }) => Buffer.byteLength(Detail));
    expect(Math.max(...bytes)).toBeLessThan(256 * 1024);
  });

  test('does not take some: those are named, with the reason', async () => {
    const { bus } = busOf([{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }]);
    expect(await bus.putEvents(named(2))).toEqual(new Map([['1', 'ThrottlingException']]));
  });

  test('fails as a whole: none of that call is taken, and the calls behind it are made', async () => {
    const { bus, calls } = busOf(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
    const refused = await bus.putEvents(named(11));
    expect([...refused.keys()]).toEqual(named(10).map(({ detail }) => detail.id));
    expect(new Set(refused.values())).toEqual(new Set(['ThrottlingException']));
    expect(calls).toHaveLength(2);
  });

  test('gives no answer for an event: it is not known to be taken', async () => {
    const { bus } = busOf([]);
    expect(await bus.putEvents(named(1))).toEqual(new Map([['0', 'no answer']]));
  });
});
