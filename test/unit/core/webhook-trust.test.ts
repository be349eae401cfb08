/** Whose news moves a block, and who is recorded for it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { GraphError } from '../../../lambdas/core/errors.ts';
import { getUserHistory } from '../../../lambdas/core/history/get-user-history.ts';
import type { NumberNotice } from '../../../lambdas/core/webhook/notice.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import type { Verdict } from '../../../lambdas/core/webhook/verify-signature.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ACTOR, createWorld, delivery, NUMBER, phones, RECEIVER, type World } from '../../support/world.ts';
import { change, reconcile, stored } from './reconciliation-steps.ts';
import { defer, MINUTE_MS, state, writes } from './scheduled-steps.ts';

const [X = '', Y = '', Z = ''] = phones(3);
const MOVE = { action: 'user_changed_number', at: new FakeClock().iso(), from: [X], waId: Y } as const;
let world: World;
beforeEach(() => {
  world = createWorld();
});

async function receive(notice: Partial<NumberNotice>, verdict: Verdict = 'verified') {
  const number = { phoneNumberId: NUMBER, senders: [], changes: [], ...notice };
  const received = await receiveWebhook(world.deps, delivery({ numbers: [number] }, verdict));
  world.clock.advance(1_000);
  return received;
}
const operations = () => [...world.store.operations.values()];
const FORWARDED = { actor: RECEIVER, onBehalfOf: 'whatsapp' };

describe('a webhook without a verified signature', () => {
  it.each(['no_app_secret', 'not_signed'] as const)(
    'moves no user, undoes no block, and says why: %s',
    async (verdict) => {
      await change(world, [X], { reason: 'spam' });
      const [calls, before] = [world.graph.calls.length, new Map(world.store.users)];
      expect(await receive({ changes: [MOVE, MOVE] }, verdict)).toMatchObject({
        moved: 0,
        notFollowed: [{ phoneNumberId: NUMBER, action: 'user_changed_number', reason: verdict, count: 2 }],
      });
      expect(world.graph.calls).toHaveLength(calls);
      expect(world.store.users).toEqual(before);
      expect(world.logged).toContain('identity change not followed');
    },
  );

  it('still blocks deferred users who write, since Graph itself checks that they did', async () => {
    await defer(world, [Z]);
    await change(world, [X]);
    writes(world, Z);
    expect(await receive({ senders: [Z], changes: [MOVE] }, 'no_app_secret')).toMatchObject({ blocked: 1, moved: 0 });
    expect([...world.graph.blocked].sort()).toEqual([X, Z]);
  });

  it('is followed if the configuration trusts it', async () => {
    world.deps.trustUnsigned = true;
    await change(world, [X]);
    expect(await receive({ changes: [MOVE] }, 'no_app_secret')).toMatchObject({ moved: 1, notFollowed: [] });
    expect([...world.graph.blocked]).toEqual([Y]);
  });

  it('is not trusted if its signature was not checked', async () => {
    await change(world, [X]);
    const unseen = {
      ...delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [MOVE] }] }),
      verdicts: new Map(),
    };
    expect(await receiveWebhook(world.deps, unseen)).toMatchObject({ moved: 0 });
    expect([...world.graph.blocked]).toEqual([X]);
  });
});

describe('the caller who forwarded a webhook', () => {
  it('is in every operation and event of a move, and the caller who asked for the block is kept', async () => {
    await change(world, [X], { reason: 'spam', onBehalfOf: 'ana' });
    const before = { operations: operations().length, events: world.store.events.size };
    await receive({ changes: [MOVE] });
    const done = operations().slice(before.operations);
    expect(done.map(({ action }) => action)).toEqual(['block', 'unblock']);
    for (const operation of done) expect(operation).toMatchObject({ ...FORWARDED, source: 'webhook' });
    const recorded = [...world.store.events.values()].slice(before.events);
    expect(recorded.map(({ action }) => action).sort()).toEqual(['block', 'unblock', 'user_changed_number']);
    for (const event of recorded) expect(event).toMatchObject({ ...FORWARDED, source: 'webhook' });
    expect(recorded[0]).toMatchObject({ action: 'block', reason: 'spam' });
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', actor: ACTOR, onBehalfOf: 'ana', reason: 'spam' });
    const { events } = await getUserHistory(world.store, { phoneNumberId: NUMBER, id: Y }, { limit: 10 });
    expect(events.at(-1)).toMatchObject({ action: 'block', actor: ACTOR, onBehalfOf: 'ana' });
  });

  it('is recorded without a person if the block was requested without X-On-Behalf-Of', async () => {
    await change(world, [X]);
    await receive({ changes: [MOVE] });
    expect(stored(world, Y)).toMatchObject({ actor: ACTOR });
    expect(Reflect.get(stored(world, Y) ?? {}, 'onBehalfOf')).toBeUndefined();
  });

  it('is recorded for the move of a deferred block, which keeps the caller who asked for it', async () => {
    await defer(world, [X], { reason: 'spam' });
    world.graph.failures.set(Y, [{ code: 131047, message: 'no' }]);
    await receive({ changes: [MOVE] });
    expect(stored(world, Y)).toMatchObject({ state: 'deferred', actor: ACTOR, reason: 'spam' });
    expect([...world.store.events.values()].at(-1)).toMatchObject(FORWARDED);
    await receive({ senders: [Y] });
    expect(stored(world, Y)).toMatchObject({ state: 'blocked', actor: ACTOR, reason: 'spam' });
  });

  it.for<[string, string[], Partial<NumberNotice>, string]>([
    ['a move', [X], { changes: [MOVE] }, Y],
    ['a deferred block', [], { senders: [Z] }, Z],
  ])(
    'is recorded if the answer to %s was lost, and a reconciliation finds the result',
    async ([_, known, recorded, user]) => {
      if (known.length > 0) await change(world, known, { reason: 'spam', onBehalfOf: 'ana' });
      await defer(world, [Z], { reason: 'spam' });
      writes(world, Z);
      const real = world.graph.changeUsers.bind(world.graph);
      world.graph.changeUsers = async (...args) => {
        await real(...args);
        throw new GraphError({ kind: 'timeout', code: 1, message: 'late', maybeApplied: true });
      };
      await expect(receive(recorded)).rejects.toThrow('late');
      world.graph.changeUsers = real;
      world.clock.advance(10 * MINUTE_MS);
      await reconcile(world);
      expect(stored(world, user)).toMatchObject({ state: 'blocked', actor: ACTOR, reason: 'spam', source: 'webhook' });
      expect([...world.store.events.values()].findLast((event) => event.user === user)).toMatchObject({
        ...FORWARDED,
        action: 'block',
        outcome: 'succeeded',
      });
    },
  );

  it('is recorded for a new BSUID', async () => {
    await change(world, [X]);
    await receive({ changes: [{ ...MOVE, action: 'user_changed_user_id', waId: X, userId: 'US.2' }] });
    expect([...world.store.events.values()].at(-1)).toMatchObject({ ...FORWARDED, action: 'user_changed_user_id' });
    expect(stored(world, X)).toMatchObject({ actor: ACTOR, userId: 'US.2' });
  });
});

it('a move that Graph refuses is recorded as not followed', async () => {
  await change(world, [X]);
  world.graph.failures.set(Y, [{ code: 131021, message: 'own number' }]);
  const kind = { phoneNumberId: NUMBER, action: 'user_changed_number', reason: 'refused_by_graph', count: 1 };
  expect(await receive({ changes: [MOVE] })).toMatchObject({ moved: 0, notFollowed: [kind] });
  expect(state(world, X)).toBe('blocked');
});
