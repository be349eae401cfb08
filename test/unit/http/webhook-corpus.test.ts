/**
 * Hundreds of payloads that WhatsApp sends to a receiver, in the shapes of Meta's documents and of public SDKs. Each file
 * says who wrote, who has another id, and which news cannot be followed. All other users that a payload mentions, in a text,
 * a name, a card, a status or an echo, are blocked or deferred, and must stay as they are.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseEntry } from '../../../lambdas/core/users/entries.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import { readWebhook, webhookResponse } from '../../../lambdas/http/webhook-request.ts';
import { type Received, received as receivedAnswer } from '../../../lambdas/openapi/webhook.ts';
import { gatewayEvent, send } from '../../support/gateway.ts';
import { createWorld, delivery, NUMBER, type World } from '../../support/world.ts';
import { change } from '../core/reconciliation-steps.ts';
import { defer, state, writes } from '../core/scheduled-steps.ts';

const FOLDER = join(import.meta.dirname, '../../support/webhooks');
const fixture = z.strictObject({
  /** Every id of everyone who wrote to the number. */
  senders: z.array(z.string()),
  /** An id from before, and the one that the user has now. */
  moved: z.array(z.tuple([z.string(), z.string()])),
  notFollowed: z.array(z.string()),
  /** Users who only have another BSUID. */
  named: z.array(z.string()).default([]),
  payload: z.unknown(),
});

const FIXTURES = readdirSync(FOLDER).map((file) => {
  const { payload, ...expected } = fixture.parse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
  return { name: file.replace(/\.json$/, ''), payload, ...expected };
});

/** Everything in the payload that could be taken for a user. */
function mentioned(payload: unknown): string[] {
  const text = JSON.stringify(payload);
  const bare = text.match(/[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]+|(?<!\d)[1-9]\d{6,14}(?!\d)/g) ?? [];
  const spelled = text.match(/\+[\d ()-]+/g) ?? [];
  return [...new Set([...bare, ...spelled].flatMap((user) => parseEntry({ user }).identity?.id ?? []))];
}

async function post(world: World, payload: unknown) {
  const event = gatewayEvent({ resource: '/webhooks/whatsapp', path: {}, body: payload });
  const { status, body } = await send(event, async (request) =>
    webhookResponse(await receiveWebhook(world.deps, delivery(readWebhook(request)))),
  );
  expect(status, JSON.stringify(body)).toBe(200);
  world.clock.advance(1_000);
  return receivedAnswer.parse(body);
}

const ids = (all: Iterable<string>) => [...new Set(all)].sort();
const reasonsOf = ({ not_followed }: Received) =>
  not_followed.flatMap(({ reason, count }) => Array.from({ length: count }, () => reason)).sort();

/** The time of the events in most payloads. */
const TOLD_MS = 1_739_321_024_000;

let world: World;
beforeEach(() => {
  world = createWorld();
  // Long enough before for everybody in it to be known until then.
  world.clock.ms = TOLD_MS - 10_000;
});

describe.each(FIXTURES)('$name', ({ payload, senders, moved, notFollowed, named }) => {
  const from = new Set(moved.map(([before]) => before));
  const to = new Set(moved.map(([, now]) => now));
  const known = mentioned(payload).filter((id) => !to.has(id));
  const others = known.filter((id) => !from.has(id) && !named.includes(id));
  const itemsOf = (some: readonly string[]) => some.map((id) => world.store.users.get(`${NUMBER}/${id}`));

  it('changes only the users that its own fields name', async () => {
    if (known.length > 0) await change(world, known);
    const before = itemsOf(others);
    const calls = world.graph.calls.length;
    const received = await post(world, payload);
    expect(reasonsOf(received)).toEqual([...notFollowed].sort());
    const asked = world.graph.calls.slice(calls).flatMap((call) => call.ids);
    expect(asked.filter((id) => !from.has(id) && !to.has(id))).toEqual([]);
    expect(ids(world.graph.blocked)).toEqual(ids([...known.filter((id) => !from.has(id)), ...to]));
    expect(itemsOf(others)).toEqual(before);
    for (const id of from)
      expect(world.store.users.get(`${NUMBER}/${id}`)).toMatchObject({ aliasOf: expect.any(String) });

    const [blocked, users, recorded] = [ids(world.graph.blocked), new Map(world.store.users), world.graph.calls.length];
    expect(await post(world, payload)).toEqual({ ...received, moved: 0 });
    expect([ids(world.graph.blocked), world.graph.calls.length]).toEqual([blocked, recorded]);
    expect(world.store.users).toEqual(users);
  });

  it('blocks only the deferred users that it names as senders', async () => {
    if (known.length > 0) await defer(world, known);
    for (const id of known) writes(world, id);
    const received = await post(world, payload);
    expect(ids(world.graph.blocked)).toEqual(ids([...senders, ...to]));
    for (const id of others)
      expect([id, state(world, id)]).toEqual([id, senders.includes(id) ? 'blocked' : 'deferred']);

    const [blocked, recorded] = [ids(world.graph.blocked), world.graph.calls.length];
    expect(await post(world, payload)).toEqual({ ...received, blocked: 0, moved: 0 });
    expect([ids(world.graph.blocked), world.graph.calls.length]).toEqual([blocked, recorded]);
  });
});
