/** The list of protected users: who gets on it, by which ids, and what is recorded. */
import { beforeEach, describe, expect, it } from 'vitest';
import { EVERY_NUMBER } from '../../../lambdas/core/ids.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { getProtectedUser } from '../../../lambdas/core/protection/get-protected-user.ts';
import { listProtectedUsers } from '../../../lambdas/core/protection/list-protected-users.ts';
import { protectUser } from '../../../lambdas/core/protection/protect-user.ts';
import { unprotectUser } from '../../../lambdas/core/protection/unprotect-user.ts';
import { codeOf } from '../../support/paired-reasons.ts';
import { ACTOR, changeRequest, createWorld, NUMBER, type World } from '../../support/world.ts';

const USER = '16505550001';
const BSUID = 'US.13491208655302741918';
const OTHER_NUMBER = '106540352242923';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const protect = (id: string, more: { actor?: string; onBehalfOf?: string; reason?: string } = {}) =>
  protectUser(world.deps, { id, actor: ACTOR, ...more, ...(more.reason && { reasonCode: codeOf(more.reason) }) });
const unprotect = (id: string) =>
  unprotectUser(world.deps, { id, actor: ACTOR, reason: 'sold', reasonCode: codeOf('sold') });
const get = (id: string) => getProtectedUser(world.store, id);
const block = (user: string, phoneNumberId = NUMBER, more: Parameters<typeof changeRequest>[1] = {}) =>
  submitChange(world.deps, changeRequest([user], { phoneNumberId, ...more }));
async function recorded(user: string) {
  const events = await world.store.pageEvents(EVERY_NUMBER, [user], { limit: 99 });
  return events.map(({ action, reason }) => `${action} ${reason}`).reverse();
}
const NOT_PROTECTED = { message: 'user: is not protected', status: 404 };

it('a user is protected by every form of their number, and the history of every number says so', async () => {
  const { user, blockedOn } = await protect('5511987650007', { reason: 'our own', onBehalfOf: 'ana' });
  expect(user).toEqual({
    user: '5511987650007',
    ids: ['5511987650007', '551187650007'],
    actor: ACTOR,
    onBehalfOf: 'ana',
    reason: 'our own',
    reasonCode: codeOf('our own'),
    protectedAt: '2026-11-01T12:00:00.000Z',
  });
  expect(blockedOn).toEqual([]);
  expect(await world.store.pageEvents(EVERY_NUMBER, ['5511987650007'], { limit: 9 })).toMatchObject([
    { action: 'protect', outcome: 'succeeded', actor: ACTOR, onBehalfOf: 'ana', reason: 'our own', source: 'api' },
  ]);
  expect(await get('551187650007')).toMatchObject({ user: '5511987650007' });
});

it('a user is protected by each id that some number knows', async () => {
  world.graph.names.set(BSUID, { waId: USER, userId: BSUID });
  await block(BSUID, OTHER_NUMBER, { action: 'unblock' });
  expect((await protect(USER)).user.ids).toEqual([USER, BSUID]);
  world.clock.advance(20_001);
  expect(await block(BSUID)).toMatchObject({ results: [{ failure: { blocklistCode: 'protected_user' } }] });
  expect(world.graph.calls.map(({ action }) => action)).toEqual(['unblock']);
});

it('the answer names the numbers on which the user is blocked or waits to be, and they stay as they are', async () => {
  await block(USER);
  world.graph.failures.set(USER, [{ code: 131047, message: 'Re-engagement message' }]);
  await block(USER, OTHER_NUMBER, { defer: true });
  await block('16505550002', '106540352242924');
  expect((await protect(USER)).blockedOn).toMatchObject([
    { phoneNumberId: NUMBER, user: { state: 'blocked' } },
    { phoneNumberId: OTHER_NUMBER, user: { state: 'deferred' } },
  ]);
  expect(world.graph.blocked).toContain(USER);
});

describe('to protect again', () => {
  beforeEach(() => protect(USER, { reason: 'our own' }));

  it('changes nothing if nothing is new, and is not recorded', async () => {
    const before = await get(USER);
    world.clock.advance(60_000);
    expect((await protect(USER)).user).toEqual(before);
    expect((await protect(USER, { reason: 'our own' })).user).toEqual(before);
    expect(await recorded(USER)).toEqual(['protect our own']);
  });

  it('records another reason or requester; the protection goes on', async () => {
    world.clock.advance(60_000);
    const { user } = await protect(USER, { reason: 'a partner' });
    expect(user).toMatchObject({ reason: 'a partner', protectedAt: '2026-11-01T12:00:00.000Z' });
    world.clock.advance(60_000);
    // Without a reason, the one that is there stays.
    await protect(USER, { actor: 'arn:aws:iam::111122223333:role/other', onBehalfOf: 'bo' });
    expect(await get(USER)).toMatchObject({ reason: 'a partner', onBehalfOf: 'bo', revision: 3 });
    expect(await recorded(USER)).toEqual(['protect our own', 'protect a partner', 'protect undefined']);
  });

  it('by an id that was learned since finds the same user', async () => {
    world.graph.names.set(BSUID, { waId: USER, userId: BSUID });
    await block(BSUID, NUMBER, { action: 'unblock' });
    expect((await protect(BSUID)).user).toMatchObject({ user: USER, ids: [USER, BSUID] });
    expect(world.store.protectedUsers.size).toBe(1);
  });
});

describe('the end of a protection', () => {
  it('holds for every id of the user, and is recorded; a repeat is 404', async () => {
    // Protected one by one, and one person as it turns out.
    await protect(USER);
    await protect(BSUID);
    world.graph.names.set(BSUID, { waId: USER, userId: BSUID });
    await block(BSUID, NUMBER, { action: 'unblock' });
    // Events of one moment have no order of their own.
    world.clock.advance(1);
    await unprotect(USER);
    expect(world.store.protectedUsers.size).toBe(0);
    expect(await recorded(USER)).toEqual(['protect undefined', 'unprotect sold']);
    expect(await recorded(BSUID)).toEqual(['protect undefined', 'unprotect sold']);
    await expect(unprotect(USER)).rejects.toMatchObject(NOT_PROTECTED);
    world.clock.advance(20_001);
    await block(USER);
    expect(world.graph.blocked).toContain(USER);
  });

  it('is 404 for somebody who is not protected', async () => {
    await expect(unprotect(USER)).rejects.toMatchObject(NOT_PROTECTED);
    await expect(get(USER)).rejects.toMatchObject(NOT_PROTECTED);
    expect(await recorded(USER)).toEqual([]);
  });
});

it('a user is found by an id that only a number knows to be theirs', async () => {
  await protect(USER);
  world.graph.names.set(BSUID, { waId: USER, userId: BSUID });
  await block(BSUID, NUMBER, { action: 'unblock' });
  expect(await get(BSUID)).toMatchObject({ user: USER });
});

it('the list takes 1,000 users, and names its limit; who is on it can still change', async () => {
  for (let index = 0; index < 1_000; index += 1) {
    const user = String(16_505_560_000 + index);
    world.store.protectedUsers.set(user, { user, ids: [user], actor: ACTOR, protectedAt: 'x', revision: 1 });
  }
  await expect(protect(USER)).rejects.toMatchObject({
    message: 'user: 1000 users are protected, which is the limit; end the protection of others first',
    status: 409,
  });
  expect(await recorded(USER)).toEqual([]);
  await protect('16505560000', { reason: 'new' });
  await unprotect('16505560001');
  await protect(USER);
  expect(world.store.protectedUsers.size).toBe(1_000);
});

it('pages begin after a user, and end', async () => {
  for (const user of ['3', '1', '2']) {
    world.store.protectedUsers.set(user, { user, ids: [user], actor: ACTOR, protectedAt: 'x', revision: 1 });
  }
  const page = async (limit: number, after?: string) => {
    const { users, more } = await listProtectedUsers(world.store, { limit, after });
    return [users.map(({ user }) => user).join(), more];
  };
  expect(await page(2)).toEqual(['1,2', true]);
  expect(await page(2, '2')).toEqual(['3', false]);
  expect(await page(3)).toEqual(['1,2,3', false]);
  expect(await page(3, '3')).toEqual(['', false]);
});

describe('another writer at the same moment', () => {
  it('is not overwritten: it is decided again, and recorded once', async () => {
    await protect(USER, { reason: 'first' });
    world.clock.advance(1_000);
    const list = world.store.listProtected.bind(world.store);
    world.store.listProtected = async () => {
      const all = await list();
      world.store.listProtected = list;
      await world.store.addProtectedId(USER, BSUID);
      return all;
    };
    await protect(USER, { reason: 'second' });
    expect(await get(USER)).toMatchObject({ ids: [USER, BSUID], reason: 'second', revision: 3 });
    expect(await recorded(USER)).toEqual(['protect first', 'protect second']);
  });

  it('or ten of them: each has its turn, and is recorded', async () => {
    const reasons = Array.from({ length: 10 }, (_, n) => `reason ${n}`);
    await Promise.all(reasons.map((reason) => protect(USER, { reason })));
    expect(await get(USER)).toMatchObject({ revision: 10 });
    expect((await recorded(USER)).sort()).toEqual(reasons.map((reason) => `protect ${reason}`));
  });

  it('that never stops ends the request with an error to try again after', async () => {
    world.store.changeProtection = async () => false;
    await expect(protect(USER)).rejects.toMatchObject({ name: 'DependencyError' });
  });
});
