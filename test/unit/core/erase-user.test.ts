import { beforeEach, describe, expect, it } from 'vitest';
import { type EraseUserEnd, type EraseUserRequest, eraseUser } from '../../../lambdas/core/erasure/erase-user.ts';
import type { Receipt } from '../../../lambdas/core/erasure/receipt.ts';
import { listChangedByJob } from '../../../lambdas/core/jobs/changed-by-job.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { protectUser } from '../../../lambdas/core/protection/protect-user.ts';
import { unprotectUser } from '../../../lambdas/core/protection/unprotect-user.ts';
import { receiveWebhook } from '../../../lambdas/core/webhook/receive-webhook.ts';
import { anOperation, auditEvent, mirrorUser, ofSize } from '../../support/contract-fixtures.ts';
import { codeOf } from '../../support/paired-reasons.ts';
import {
  ACTOR,
  changeRequest,
  createTestJob,
  createWorld,
  delivery,
  NUMBER,
  runJob,
  type World,
} from '../../support/world.ts';
import { reconcile } from './reconciliation-steps.ts';

const OTHER = '106540352242923';
const WA = '16505551234';
const BSUID = 'US.13491208655302741918';
const BYSTANDER = '16505550001';
const ERASER = 'arn:aws:iam::111122223333:role/privacy';
const days = (world: World, count: number) => new Date(world.clock.now() + count * 86_400_000).toISOString();

let world: World;
beforeEach(() => {
  world = createWorld();
});

const erase = (change: Partial<EraseUserRequest> = {}): Promise<EraseUserEnd> =>
  eraseUser(
    { ...world.deps, budgetMs: 20_000, auditDays: 730, jobDays: 90, logDays: 60 },
    { id: WA, unblock: false, actor: ERASER, onBehalfOf: 'dpo', ...change },
  );
async function erased(change: Partial<EraseUserRequest> = {}): Promise<Receipt> {
  const end = await erase(change);
  if (end.kind !== 'erased') throw new Error(end.message);
  return end.receipt;
}
const block = async (user: string, change: object = {}) => {
  world.clock.advance(60_000);
  await submitChange(world.deps, changeRequest([user], { reason: 'spam', onBehalfOf: 'ana', ...change }));
  world.clock.advance(60_000);
};
const unblock = (user: string, change: object = {}) => block(user, { action: 'unblock', ...change });
const stored = (id: string, number = NUMBER) => world.store.users.get(`${number}/${id}`);

/** Everything that the table has, but for what jobs keep, in which any of the texts is. */
function traces(...texts: readonly string[]): string[] {
  const { users, events, operations, summaries, numbers } = world.store;
  const all = [users, events, operations, summaries, numbers].flatMap((map) => [...map] as [string, unknown][]);
  return all.map((entry) => JSON.stringify(entry)).filter((text) => texts.some((one) => text.includes(one)));
}

describe('erasing a user', () => {
  it('leaves nothing of somebody who is not blocked any more, on any number, and all of everybody else', async () => {
    for (const phoneNumberId of [NUMBER, OTHER]) {
      await block(WA, { phoneNumberId });
      await block(BYSTANDER, { phoneNumberId });
      await unblock(WA, { phoneNumberId });
    }
    const before = traces(BYSTANDER);
    expect((await erased()).erased).toEqual({ numbers: 2, events: 4, items: 2, aliases: 0 });
    expect(traces(WA)).toEqual([]);
    expect(traces(BYSTANDER)).toEqual(before);
  });

  it('leaves of a block that stands its ids, the state and its times, and it works as before', async () => {
    world.graph.names.set(WA, { waId: WA, userId: BSUID });
    const expiresAt = days(world, 1);
    await block(WA, { expiresAt });
    const before = stored(WA);
    world.clock.advance(60_000);
    const { standing, erased: counts, remains } = await erased();
    expect(standing).toEqual([{ phoneNumberId: NUMBER, state: 'blocked' }]);
    expect(counts).toEqual({ numbers: 1, events: 1, items: 0, aliases: 0 });
    expect(remains.filter(({ where }) => where === 'graph')).toMatchObject([{ phoneNumberIds: [NUMBER] }]);
    expect(stored(WA)).toEqual({
      ...before,
      revision: 2,
      reason: undefined,
      reasonCode: undefined,
      onBehalfOf: undefined,
    });
    expect(traces('spam', 'ana')).toEqual([expect.stringContaining('"action":"block"')]);
    expect(traces(BSUID, WA)).toHaveLength(2);
    // Graph may list them by the BSUID alone.
    world.graph.listedAs.set(WA, { userId: BSUID });
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(WA)).toMatchObject({ state: 'blocked', expiresAt, actor: ACTOR });
    // It is found, renewed and ended as any other.
    await unblock(WA, { onBehalfOf: undefined });
    expect(stored(WA)).toMatchObject({ state: 'unblocked', change: 'removed' });
    expect((await world.store.getSummary(NUMBER))?.size).toBe(0);
  });

  it('leaves of a deferred block what makes it when the user writes', async () => {
    world.graph.failures.set(WA, [{ code: 131047, message: 'silent' }]);
    await block(WA, { defer: true });
    const { standing, remains } = await erased();
    expect(standing).toEqual([{ phoneNumberId: NUMBER, state: 'deferred' }]);
    // Graph knows nothing of it.
    const places = remains.filter(({ phoneNumberIds }) => phoneNumberIds);
    expect(places).toMatchObject([{ where: 'mirror', phoneNumberIds: [NUMBER] }]);
    expect(traces('spam', 'ana').filter((text) => text.includes(WA))).toEqual([]);
    const notice = { phoneNumberId: NUMBER, senders: [WA], changes: [] };
    expect(await receiveWebhook(world.deps, delivery({ numbers: [notice] }))).toMatchObject({ blocked: 1 });
  });

  it('unblocks first if it is asked to, on each number, and leaves nothing', async () => {
    for (const phoneNumberId of [NUMBER, OTHER]) await block(WA, { phoneNumberId });
    const receipt = await erased({ unblock: true });
    expect(receipt).toMatchObject({ standing: [], erased: { numbers: 2, events: 4, items: 2 } });
    expect([...world.graph.blocked]).toEqual([]);
    expect(traces(WA)).toEqual([]);
    const { operations } = await world.store.pageOperations(NUMBER, { limit: 2 });
    expect(operations.map(({ action, actor, onBehalfOf }) => [action, actor, onBehalfOf]).sort()).toEqual([
      ['erase', ERASER, 'dpo'],
      ['unblock', ERASER, 'dpo'],
    ]);
  });

  it('erases the rest where Graph does not unblock the user, and says so', async () => {
    for (const phoneNumberId of [NUMBER, OTHER]) await block(WA, { phoneNumberId });
    world.graph.refuse({ kind: 'permission', code: 10, message: 'no permission' });
    const { standing } = await erased({ unblock: true });
    expect(standing).toEqual([{ phoneNumberId: expect.any(String), state: 'blocked', code: 10 }]);
    expect(traces('ana').filter((text) => text.includes(WA))).toEqual([]);
  });

  it('is recorded on each number as an operation that does not say who it was, before anything is gone', async () => {
    await block(WA);
    await unblock(WA);
    world.clock.advance(1_000);
    await erased();
    const { operations } = await world.store.pageOperations(NUMBER, { limit: 1 });
    expect(operations).toEqual([
      {
        operationId: expect.any(String),
        phoneNumberId: NUMBER,
        action: 'erase',
        source: 'api',
        startedAt: world.clock.iso(),
        users: 1,
        actor: ERASER,
        onBehalfOf: 'dpo',
        status: 'finished',
        succeeded: 1,
        failed: 0,
        deferred: 0,
        durationMs: 0,
      },
    ]);
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
    await block(WA);
    await unblock(WA);
    world.store.eraseUsers = async () => {
      throw new Error('DynamoDB is down');
    };
    await expect(erase()).rejects.toThrow('DynamoDB is down');
    expect((await world.store.pageOperations(NUMBER, { limit: 1 })).operations).toMatchObject([
      { action: 'erase', status: 'started' },
    ]);
  });

  it('finds nothing on a repeat, and records nothing then', async () => {
    await block(WA);
    await erased();
    const operations = world.store.operations.size;
    expect(await erased()).toMatchObject({ erased: { numbers: 0, events: 0, items: 0, aliases: 0 }, standing: [{}] });
    expect(world.store.operations.size).toBe(operations);
  });
});

describe('every id of the user', () => {
  it('is erased, by whichever of them is asked: numbers as sent, the BSUID, and those from before a move', async () => {
    const [sent, moved] = ['4915112345678', '16505559001'];
    world.graph.names.set(sent, { waId: WA, userId: BSUID });
    world.graph.names.set(WA, { waId: WA, userId: BSUID });
    await block(sent);
    await block(WA, { reason: 'again' });
    const at = world.clock.iso();
    const change = { action: 'user_changed_number', at, from: [WA], waId: moved, userId: BSUID } as const;
    await receiveWebhook(
      world.deps,
      delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [change] }] }),
    );
    world.clock.advance(60_000);
    expect(stored(moved)).toMatchObject({ state: 'blocked', previousIds: [WA] });
    const everyId = [sent, WA, BSUID, moved];
    expect(traces(...everyId).length).toBeGreaterThan(6);
    const { standing } = await erased({ id: BSUID, unblock: true });
    expect(standing).toEqual([]);
    expect(traces(...everyId)).toEqual([]);
  });

  it('is erased on a number that has only a history, or only a refusal, of a form of the number', async () => {
    const [long, short] = ['5531987654321', '553187654321'];
    await world.store.registerNumber(OTHER, world.clock.iso());
    await world.store.appendEvents(OTHER, [auditEvent(short, world.clock.iso(), { operationId: 'op-1' })]);
    world.graph.failures.set(long, [{ code: 131021, message: 'no' }]);
    await block(long);
    expect(await erased({ id: long })).toMatchObject({ erased: { numbers: 2, events: 2, items: 1 } });
    expect(traces(long, short)).toEqual([]);
  });

  it('is not erased if it belongs to somebody else by now: their records stay, and the receipt says so', async () => {
    const before = '16505550009';
    const movedAt = '2026-10-15T00:00:00.000Z';
    const put = (id: string, next: Parameters<World['store']['putUsers']>[1][number]['next']) =>
      world.store.putUsers(NUMBER, [{ id, prior: undefined, next }]);
    await world.store.registerNumber(NUMBER, movedAt);
    await put(WA, mirrorUser(WA, { state: 'unblocked', previousIds: [before], movedAt }));
    await put(before, mirrorUser(before, { movedAt }));
    const events = ['2026-10-01T00:00:00.000Z', '2026-10-30T00:00:00.000Z'].map((at) =>
      auditEvent(before, at, { operationId: `op-${at.slice(8, 10)}` }),
    );
    await world.store.appendEvents(NUMBER, events);
    world.clock.advance(60_000);
    const { remains } = await erased();
    expect(remains.filter(({ where }) => where === 'other_user')).toMatchObject([{ phoneNumberIds: [NUMBER] }]);
    expect(stored(before)).toEqual(mirrorUser(before, { movedAt }));
    expect([...world.store.events.values()]).toEqual([events[1]]);
    expect(traces(WA)).toEqual([]);
    // Asked by that number, they are the present owner.
    expect(await erased({ id: before })).toMatchObject({ standing: [{ state: 'blocked' }] });
    expect(traces('op-30')).toEqual([]);
  });
});

describe('a number that the user has left', () => {
  const [before, after] = [WA, '16505559001'];
  /** Meta dates the move a minute before its webhook comes; in between, somebody blocks the user once more. */
  async function move() {
    const at = world.clock.iso();
    await block(before, { reason: 'meanwhile' });
    const change = { action: 'user_changed_number', at, from: [before], waId: after } as const;
    await receiveWebhook(
      world.deps,
      delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [change] }] }),
    );
    world.clock.advance(60_000);
  }

  it('keeps of its next owner all, and of the user nothing: neither the unblock of the move, nor who left it', async () => {
    await block(before);
    await move();
    await block(before, { reason: 'next owner' });
    world.clock.advance(60_000);
    const { remains, erased: counts } = await erased({ id: after });
    // Blocked twice, unblocked by the move; blocked, moved.
    expect(counts).toMatchObject({ events: 5, items: 0 });
    expect(remains.filter(({ where }) => where === 'other_user')).toMatchObject([{ phoneNumberIds: [NUMBER] }]);
    expect([...world.store.events.values()].map(({ reason }) => reason)).toEqual(['next owner']);
    expect(stored(before)).toMatchObject({ state: 'blocked', reason: 'next owner' });
    expect(traces(after).filter((text) => text.includes(before))).toEqual([]);
  });

  it('keeps its history where nobody knows of the move, even if its owner is forgotten, and the receipt says so', async () => {
    await block(before);
    await move();
    await block(before, { phoneNumberId: OTHER, reason: 'next owner' });
    await unblock(before, { phoneNumberId: OTHER });
    // After `tombstoneDays`.
    world.store.users.delete(`${OTHER}/${before}`);
    const { remains } = await erased({ id: after });
    expect(remains.filter(({ where }) => where === 'other_user')).toMatchObject([{ phoneNumberIds: [OTHER] }]);
    const left = [...world.store.events].filter(([, { user }]) => user === before).map(([key]) => key.split('/')[0]);
    expect(left).toEqual([OTHER, OTHER]);
  });

  const where = (receipt: Receipt, what: string) => receipt.remains.filter((one) => one.where === what);
  const names = (receipt: Receipt) =>
    where(receipt, 'other_user').map(({ phoneNumberIds, why }) => [phoneNumberIds, /had this id before/.test(why)]);

  it('leads to the user if nobody else has it: they are erased, under every id and on every number', async () => {
    await block(before);
    await move();
    // Only the present id is known here, and the BSUID here.
    world.graph.names.set(after, { waId: after, userId: BSUID });
    await block(after, { phoneNumberId: OTHER });
    await block(BYSTANDER);
    const bystander = traces(BYSTANDER);
    const receipt = await erased({ id: before, unblock: true });
    expect(receipt.standing).toEqual([]);
    expect(where(receipt, 'other_user')).toEqual([]);
    expect(traces(before, after, BSUID)).toEqual([]);
    expect(traces(BYSTANDER)).toEqual(bystander);
    expect([...world.graph.blocked]).toHaveLength(1);
  });

  it('leaves of the user no more than the present ids, if their block stands', async () => {
    await block(before);
    await move();
    const receipt = await erased({ id: before });
    expect(receipt.standing).toEqual([{ phoneNumberId: NUMBER, state: 'blocked' }]);
    expect(where(receipt, 'other_user')).toEqual([]);
    expect(traces(before)).toEqual([]);
    expect(stored(after)).toMatchObject({ state: 'blocked' });
    expect(traces('spam', 'meanwhile').filter((text) => text.includes(after))).toEqual([]);
  });

  const last = '16505559002';
  /** The user moved twice, and the first number still leads to the second. */
  async function chain() {
    const item = mirrorUser(last, { state: 'unblocked', previousIds: [after] });
    await world.store.registerNumber(OTHER, world.clock.iso());
    await world.store.putUsers(OTHER, [
      { id: last, prior: undefined, next: item },
      { id: before, prior: undefined, next: { aliasOf: after, isPreviousId: true, revision: 1 } },
      { id: after, prior: undefined, next: { aliasOf: last, isPreviousId: true, revision: 1 } },
    ]);
    world.clock.advance(60_000);
    return item;
  }

  it('leads on if the user moved on', async () => {
    await chain();
    expect(names(await erased({ id: before }))).toEqual([]);
    expect(traces(before, after, last)).toEqual([]);
  });

  it('does not lead on past an id that is a present one on another number', async () => {
    await block(before);
    await move();
    const item = await chain();
    expect(names(await erased({ id: before, unblock: true }))).toEqual([[[OTHER], true]]);
    expect(stored(last, OTHER)).toEqual(item);
    expect(traces(before)).toEqual([]);
    await erased({ id: last });
    expect(traces(before, after, last)).toEqual([]);
  });

  it('stays the id of a previous owner who was released from it, and every receipt of the next owner says so', async () => {
    world.graph.names.set(after, { waId: after, userId: BSUID });
    await block(after);
    await unblock(after);
    world.graph.names.delete(after);
    await block(before);
    await move();
    const released = stored(BSUID);
    expect(released).toMatchObject({ state: 'unblocked', previousIds: [after] });
    for (const _ of ['first', 'repeat']) {
      expect(names(await erased({ id: after, unblock: true }))).toEqual([[[NUMBER], true]]);
      expect(stored(BSUID)).toEqual(released);
      world.clock.advance(60_000);
    }
    expect(traces(before)).toEqual([]);
  });

  it("is the user's own again if they came back: nothing of the way there and back is left", async () => {
    await block(before);
    await move();
    const change = { action: 'user_changed_number', at: world.clock.iso(), from: [after], waId: before } as const;
    world.clock.advance(60_000);
    await receiveWebhook(
      world.deps,
      delivery({ numbers: [{ phoneNumberId: NUMBER, senders: [], changes: [change] }] }),
    );
    world.clock.advance(60_000);
    expect(stored(before)).toMatchObject({ state: 'blocked', previousIds: [after], leftBy: undefined });
    expect(names(await erased({ id: before }))).toEqual([]);
    expect(traces(after)).toEqual([]);
    expect(names(await erased({ id: before, unblock: true }))).toEqual([]);
    expect(traces(before, after)).toEqual([]);
  });

  it('is that of its next owner: who left it stays, and every receipt says so, however often it is sent', async () => {
    await block(before);
    await move();
    const mover = stored(after);
    await block(before, { reason: 'next owner' });
    for (const unblocks of [false, true, true]) {
      const receipt = await erased({ id: before, unblock: unblocks });
      expect(names(receipt)).toEqual([[[NUMBER], true]]);
      expect(receipt.standing).toHaveLength(unblocks ? 0 : 1);
      world.clock.advance(60_000);
    }
    expect(stored(after)).toEqual(mover);
    expect(traces('next owner').filter((text) => text.includes(before))).toEqual([]);
    // The id leads to who left it, as before its next owner came; their own erasure takes that too.
    expect(stored(before)).toMatchObject({ aliasOf: after, isPreviousId: true });
    expect(names(await erased({ id: after, unblock: true }))).toEqual([]);
    expect(traces(before, after)).toEqual([]);
  });

  it('is that of an owner on another number too, whom a repeat does not confuse with who left it', async () => {
    await block(before);
    await move();
    const mover = stored(after);
    await block(before, { phoneNumberId: OTHER });
    const { eraseEvents } = world.store;
    world.store.eraseEvents = async (number, places) => {
      if (number === OTHER && places.length > 0) throw new Error('DynamoDB is down');
      return eraseEvents.call(world.store, number, places);
    };
    await expect(erase({ id: before, unblock: true })).rejects.toThrow('DynamoDB is down');
    Object.assign(world.store, { eraseEvents });
    world.store.users.delete(`${OTHER}/${before}`);
    expect(names(await erased({ id: before, unblock: true }))).toEqual([[[NUMBER], true]]);
    expect(stored(after)).toEqual(mover);
  });

  it("is nobody's if two users had it, one on each number: neither is erased, and the receipt says where", async () => {
    await block(before);
    await move();
    await world.store.registerNumber(OTHER, world.clock.iso());
    await world.store.putUsers(OTHER, [
      { id: BYSTANDER, prior: undefined, next: mirrorUser(BYSTANDER, { previousIds: [before] }) },
      { id: before, prior: undefined, next: { aliasOf: BYSTANDER, isPreviousId: true, revision: 1 } },
    ]);
    const both = [stored(after), stored(BYSTANDER, OTHER)];
    for (const _ of ['first', 'repeat']) {
      const receipt = await erased({ id: before, unblock: true });
      expect(names(receipt)).toEqual([[[NUMBER, OTHER], true]]);
      expect([stored(after), stored(BYSTANDER, OTHER)]).toEqual(both);
      world.clock.advance(60_000);
    }
  });

  it('is erased before what tells of the move, so that a repeat can end it', async () => {
    await block(before);
    await move();
    const { eraseUsers } = world.store;
    world.store.eraseUsers = async () => {
      throw new Error('DynamoDB is down');
    };
    await expect(erase({ id: after })).rejects.toThrow('DynamoDB is down');
    Object.assign(world.store, { eraseUsers });
    await erased({ id: after });
    expect(traces(before)).toEqual([]);
  });
});

describe('what the receipt says', () => {
  it('names jobs that changed the user, jobs that still may, and until when everything else is kept', async () => {
    const done = await createTestJob(world, [WA, BYSTANDER], { reason: 'import' });
    await runJob(world, done);
    const open = await createTestJob(world, [BYSTANDER]);
    const { remains } = await erased();
    const created = Date.parse(done.createdAt);
    expect(remains.map(({ where, until, jobIds }) => [where, until, jobIds])).toEqual([
      ['jobs', new Date(created + 91 * 86_400_000).toISOString(), [done.id]],
      ['jobs', undefined, [open.id]],
      ['jobs', days(world, 91), undefined],
      ['operations', days(world, 730), undefined],
      ['point_in_time_recovery', days(world, 35), undefined],
      ['logs', days(world, 60), undefined],
      ['graph', undefined, undefined],
      ['numbers_out_of_use', days(world, 730), undefined],
    ]);
    for (const { why } of remains) expect(why.length).toBeGreaterThan(40);
  });

  it('is for the numbers that are named, in use or not, and no other', async () => {
    const retired = '106540352249999';
    await block(WA);
    await block(WA, { phoneNumberId: OTHER });
    await world.store.appendEvents(retired, [auditEvent(WA, world.clock.iso(), { operationId: 'op-1' })]);
    const { erased: counts, standing, remains } = await erased({ phoneNumberIds: [retired, OTHER] });
    expect(counts).toEqual({ numbers: 2, events: 2, items: 0, aliases: 0 });
    expect(standing.map(({ phoneNumberId }) => phoneNumberId)).toEqual([OTHER]);
    expect(remains.map(({ where }) => where)).toContain('numbers_not_named');
    expect(remains.map(({ where }) => where)).not.toContain('numbers_out_of_use');
    expect(stored(WA)).toMatchObject({ reason: 'spam' });
  });
});

describe('a protection', () => {
  const requester = { actor: ACTOR, reason: 'courier', reasonCode: codeOf('courier'), onBehalfOf: 'ana' };
  const protectedRemains = async (change: Partial<EraseUserRequest> = {}) =>
    (await erased(change)).remains.filter(({ where }) => where === 'protected_users');

  it('stays, whole, and the receipt says so', async () => {
    await protectUser(world.deps, { id: WA, ...requester });
    const before = traces(WA, 'courier');
    expect(before).toHaveLength(1);
    expect(await protectedRemains()).toEqual([
      { where: 'protected_users', why: expect.stringContaining('end the protection') },
    ]);
    expect(traces(WA, 'courier')).toEqual(before);
    expect(await world.store.listProtected()).toMatchObject([{ user: WA, reason: 'courier' }]);
  });

  it('is erased once it has ended, with what was said of it, unless only some numbers are named', async () => {
    await protectUser(world.deps, { id: WA, ...requester });
    await protectUser(world.deps, { id: BYSTANDER, ...requester });
    await unprotectUser(world.deps, { id: WA, ...requester });
    expect(await protectedRemains({ phoneNumberIds: [NUMBER] })).toEqual([]);
    expect(traces(WA)).toHaveLength(2);
    expect((await erased()).erased).toEqual({ numbers: 0, events: 2, items: 0, aliases: 0 });
    expect(traces(WA)).toEqual([]);
    expect(traces(BYSTANDER)).toHaveLength(1);
  });
});

it('keeps the job that made a block that stands, so that it can be reverted, and the receipt names it each time', async () => {
  const job = await createTestJob(world, [WA], { reason: 'import', reasonCode: codeOf('import') });
  await runJob(world, job);
  world.clock.advance(60_000);
  for (const _ of ['first', 'repeat']) {
    const { remains } = await erased();
    expect(remains).toContainEqual(expect.objectContaining({ where: 'jobs', jobIds: [job.id] }));
  }
  expect(stored(WA)).toMatchObject({ state: 'blocked', jobId: job.id });
});

it('leaves a revert nobody who moved before they were erased, although their block stands, unless Graph named their BSUID', async () => {
  const moved = '16505559001';
  const jobs = [];
  for (const userId of [undefined, BSUID]) {
    world = createWorld();
    if (userId) world.graph.names.set(WA, { waId: WA, userId });
    const job = await createTestJob(world, [WA]);
    await runJob(world, job);
    world.clock.advance(60_000);
    const change = { action: 'user_changed_number', at: world.clock.iso(), from: [WA], waId: moved } as const;
    const news = { phoneNumberId: NUMBER, senders: [], changes: [userId ? { ...change, userId } : change] };
    await receiveWebhook(world.deps, delivery({ numbers: [news] }));
    world.clock.advance(60_000);
    const before = await listChangedByJob(world.deps, job);
    await erased({ id: moved });
    jobs.push([before.length, (await listChangedByJob(world.deps, job)).map(({ identity }) => identity?.id)]);
  }
  expect(jobs).toEqual([
    [1, []],
    [1, [moved]],
  ]);
});

describe('an erasure that cannot be finished', () => {
  const unfinished = (message: RegExp, retryAfterSeconds: number) => ({
    kind: 'unfinished',
    message: expect.stringMatching(message),
    retryAfterSeconds,
  });

  it('waits for an operation on the user that has no certain end, and leaves that number alone', async () => {
    await block(WA, { phoneNumberId: OTHER });
    await block(WA);
    await unblock(WA);
    const operation = anOperation(NUMBER, { startedAt: world.clock.iso(), ids: [WA] });
    await world.store.startOperation(operation);
    const before = stored(WA);
    expect(await erase()).toEqual(unfinished(/^An operation on this user .* 106540352242922;.* Send the request/, 60));
    expect(stored(WA)).toEqual(before);
    expect(stored(WA, OTHER)).not.toHaveProperty('reason');
    const end = { succeeded: 1, failed: 0, deferred: 0, delta: ofSize(0), durationMs: 1 };
    await world.store.completeOperation(operation, { status: 'finished', ...end });
    await erased();
    expect(traces(WA)).toHaveLength(1);
  });

  it('waits for a chunk of a job that is at the user, and for nobody who is not concerned', async () => {
    await block(WA);
    const job = await createTestJob(world, [WA]);
    const chunk = { source: 'job', jobId: job.id, chunk: 0, startedAt: world.clock.iso() } as const;
    await world.store.startOperation(anOperation(NUMBER, chunk));
    expect(await erase()).toMatchObject({ kind: 'unfinished' });
    expect(await erase({ id: BYSTANDER })).toMatchObject({ kind: 'erased' });
  });

  it('keeps an item that was changed since, which an operation in progress may still need', async () => {
    await block(WA);
    await unblock(WA);
    world.store.listOverdueOperations = async () => {
      await world.store.putUsers(NUMBER, [
        {
          id: WA,
          prior: stored(WA),
          next: mirrorUser(WA, { state: 'unblocked', observedAt: world.clock.iso(), revision: 3 }),
        },
      ]);
      return { phoneNumberIds: [], jobIds: [] };
    };
    expect(await erase()).toEqual(unfinished(/^An operation on this user/, 60));
    expect(stored(WA)).toMatchObject({ state: 'unblocked' });
  });

  it('is told to come again if time runs out, and goes on from there', async () => {
    const sent = '4915112345678';
    world.graph.names.set(sent, { waId: WA });
    // Only this number knows by what the user is asked for: a repeat finds the other one all the same.
    await block(sent, { phoneNumberId: NUMBER });
    await unblock(WA, { phoneNumberId: NUMBER });
    await block(WA, { phoneNumberId: OTHER });
    await unblock(WA, { phoneNumberId: OTHER });
    const started = world.store.startErasure.bind(world.store);
    world.store.startErasure = async (erasure) => {
      await started(erasure);
      world.clock.advance(30_000);
    };
    expect(await erase({ id: sent })).toEqual(
      unfinished(/^Time ran out before all numbers were looked at \(left: 1\)/, 1),
    );
    expect(traces(WA, sent).filter((text) => text.includes(OTHER))).toEqual([]);
    expect(traces(WA, sent).length).toBeGreaterThan(0);
    expect(await erased({ id: sent })).toMatchObject({ erased: { numbers: 1 } });
    expect(traces(WA, sent)).toEqual([]);
  });

  it('looks again until nothing is added any more, and gives up on writers that never end', async () => {
    await block(WA);
    await unblock(WA);
    const eraseEvents = world.store.eraseEvents.bind(world.store);
    let more = 2;
    world.store.eraseEvents = async (number, places) => {
      await eraseEvents(number, places);
      if (more > 0)
        await world.store.appendEvents(number, [auditEvent(WA, world.clock.iso(), { operationId: `op-${more}` })]);
      more -= 1;
    };
    expect(await erased()).toMatchObject({ erased: { events: 4 } });
    expect(traces(WA)).toEqual([]);
    more = Number.POSITIVE_INFINITY;
    await world.store.appendEvents(NUMBER, [auditEvent(WA, world.clock.iso(), { operationId: 'op-0' })]);
    await expect(erase()).rejects.toThrow('Other writers keep adding');
  });
});

it('is recorded under its caller: the standing block stays that of who asked for it', async () => {
  await block(WA);
  await erased();
  expect(stored(WA)).toMatchObject({ actor: ACTOR });
});
