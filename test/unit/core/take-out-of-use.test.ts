import { beforeEach, describe, expect, it } from 'vitest';
import { type GraphErrorFields, TokenMissingError } from '../../../lambdas/core/errors.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { reconcileNumbers } from '../../../lambdas/core/reconciliation/reconcile-numbers.ts';
import { runScheduledActions } from '../../../lambdas/core/scheduled/run-scheduled-actions.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import { ofSize } from '../../support/contract-fixtures.ts';
import { changeRequest, createWorld, delivery, historyOf, NUMBER, phones, type World } from '../../support/world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const GONE: GraphErrorFields = { kind: 'permanent', code: 100, subcode: 33, message: 'no such object' };
const [A = '', B = '', C = ''] = phones(3);

let world: World;
beforeEach(async () => {
  world = createWorld();
  world.graph.names.set(C, { waId: '541123456789' });
  const until = new Date(world.clock.now() + 100 * DAY_MS).toISOString();
  await submitChange(world.deps, changeRequest([A, C], { expiresAt: until }));
  world.graph.failures.set(B, [{ code: 131047, message: 'Re-engagement required' }]);
  await submitChange(world.deps, changeRequest([B], { defer: true }));
});

const reconcile = () => reconcileNumbers(world.deps, [{ phoneNumberId: NUMBER, attempts: 0 }]);
const refused = async (error = GONE) => {
  world.graph.refuseListing(error);
  await reconcile();
};
const summary = () => world.store.getSummary(NUMBER);
const states = async () => {
  const users = await world.store.getUsers(NUMBER, [A, B, '541123456789']);
  return [...users.values()].map((user) => ('state' in user ? user.state : 'alias'));
};
const scheduledAction = async () => {
  const found: string[] = [];
  for (const kind of ['expiry', 'deferral'] as const) {
    for await (const page of world.store.listScheduledUsers(kind, '2099-01-01T00:00:00.000Z')) {
      found.push(...page.map(({ user }) => user));
    }
  }
  return found;
};

describe('a number that Graph says does not exist', () => {
  it('stays in use for thirty days', async () => {
    await refused();
    world.clock.advance(30 * DAY_MS - 1);
    await refused();
    expect(await states()).toEqual(['blocked', 'deferred', 'blocked']);
    expect(await world.store.isRegistered(NUMBER)).toBe(true);
  });

  it('then is out of use: its mirror is empty, nothing is scheduled, its histories stay', async () => {
    await refused();
    world.clock.advance(30 * DAY_MS);
    await refused();
    expect(await states()).toEqual(['unknown', 'unknown', 'unknown']);
    expect(await scheduledAction()).toEqual([]);
    expect(await world.store.isRegistered(NUMBER)).toBe(false);
    expect(await summary()).toMatchObject({ ...ofSize(0), outOfUseSince: world.clock.iso() });
    expect((await world.store.getUsers(NUMBER, [C])).get(C)).toMatchObject({ ends: true });
    expect(historyOf(world, A)).toEqual(['block succeeded']);
    expect(world.logged.at(-1)).toBe('number taken out of use');
  });

  it('is taken out of use by the next attempt if the first one died', async () => {
    await refused();
    world.clock.advance(30 * DAY_MS);
    const { takeOutOfUse } = world.store;
    world.store.takeOutOfUse = () => Promise.reject(new Error('DynamoDB is down'));
    await refused();
    expect(await world.store.isRegistered(NUMBER)).toBe(true);
    world.store.takeOutOfUse = takeOutOfUse;
    await refused();
    expect(await world.store.isRegistered(NUMBER)).toBe(false);
    expect(await states()).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('is in use again once somebody is blocked on it, with all that Graph has', async () => {
    await refused();
    world.clock.advance(30 * DAY_MS);
    await refused();
    await submitChange(world.deps, changeRequest([A], { reason: 'again' }));
    expect(await summary()).not.toHaveProperty('outOfUseSince');
    await reconcile();
    expect(await summary()).toMatchObject({ size: 2, drift: { added: 1, removed: 0 } });
    expect((await world.store.getUsers(NUMBER, [A])).get(A)).toMatchObject({ state: 'blocked', reason: 'again' });
  });

  it.each<[string, GraphErrorFields]>([
    ['a token that is refused', { kind: 'token', code: 190, message: 'expired' }],
    ['a permission that is missing', { kind: 'permission', code: 200, message: 'no permission' }],
    ['another parameter', { kind: 'permanent', code: 100, message: 'invalid' }],
  ])('is not taken out of use after %s, however long it lasts', async (_, error) => {
    await refused(error);
    world.clock.advance(90 * DAY_MS);
    await refused(error);
    expect(await states()).toEqual(['blocked', 'deferred', 'blocked']);
    expect(await world.store.isRegistered(NUMBER)).toBe(true);
  });

  it('starts its thirty days again if it exists in between', async () => {
    await refused();
    world.clock.advance(20 * DAY_MS);
    await reconcile();
    await refused();
    world.clock.advance(20 * DAY_MS);
    await refused();
    expect(await world.store.isRegistered(NUMBER)).toBe(true);
  });
});

describe('a number that an operator has retired', () => {
  const RETIRED = new TokenMissingError('it is out of use', { isRetired: true });
  let takes: World['tokens']['credentials'];
  beforeEach(() => {
    takes = world.tokens.credentials;
    world.tokens.credentials = () => Promise.reject(RETIRED);
  });

  it('is out of use with its next reconciliation, without a call to Graph, and no alarm rings', async () => {
    await reconcile();
    expect(await states()).toEqual(['unknown', 'unknown', 'unknown']);
    expect(await scheduledAction()).toEqual([]);
    expect(await world.store.isRegistered(NUMBER)).toBe(false);
    expect(await summary()).toMatchObject({ ...ofSize(0), outOfUseSince: world.clock.iso() });
    expect(historyOf(world, A)).toEqual(['block succeeded']);
    expect(world.graph.listings).toEqual([]);
    expect(world.graph.blocked.size).toBe(2);
    expect(world.logged).toEqual(['a number that an operator has retired was taken out of use']);
  });

  it('runs no scheduled actions, and no alarm rings', async () => {
    world.clock.advance(101 * DAY_MS);
    const calls = world.graph.calls.length;
    expect(await runScheduledActions(world.deps, 'expiry')).toMatchObject({ numbers: 1, refused: 1, succeeded: 0 });
    expect(world.graph.calls).toHaveLength(calls);
    expect(world.logged).toEqual(['a retired number is skipped']);
  });

  it('keeps the time at which it first went out of use', async () => {
    await reconcile();
    const { outOfUseSince } = { ...(await summary()) };
    world.clock.advance(DAY_MS);
    await reconcile();
    expect(await summary()).toMatchObject({ ...ofSize(0), outOfUseSince });
  });

  it('ignores a webhook: no deferred user is blocked, and no second delivery is requested', async () => {
    const notice = { phoneNumberId: NUMBER, senders: [B], changes: [] };
    const received = await receiveWebhook(world.deps, delivery({ numbers: [notice] }));
    expect(received).toMatchObject({ senders: 1, blocked: 0 });
    expect(world.logged).toEqual(['a retired number is skipped']);
  });

  it('is in use again, with all that Graph has, once it is no longer named and somebody is blocked on it', async () => {
    await reconcile();
    world.tokens.credentials = takes;
    await submitChange(world.deps, changeRequest([B]));
    await reconcile();
    expect(await summary()).toMatchObject({ size: 3 });
    expect(await summary()).not.toHaveProperty('outOfUseSince');
  });
});
