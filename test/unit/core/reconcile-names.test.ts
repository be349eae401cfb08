import { beforeEach, describe, expect, it } from 'vitest';
import { parseEntry, toEntryList } from '../../../lambdas/core/users/entries.ts';
import { getUser } from '../../../lambdas/core/users/get-user.ts';
import { createWorld, NUMBER, type World } from '../../support/world.ts';
import { change, reconcile, recordedHistory, size, stored, watchWrites } from './reconciliation-steps.ts';

/** One user: the number as it was sent, the `wa_id`, and the BSUID. */
const SENT = '5491123456789';
const WA_ID = '541123456789';
const BSUID = 'AR.77';
const IN_STEP = { added: 0, removed: 0 };

let world: World;
beforeEach(async () => {
  world = createWorld();
  world.graph.names.set(SENT, { waId: WA_ID, userId: BSUID });
});

const block = () => change(world, [`+${SENT}`], { reason: 'spam' });

async function statesOf(...ids: readonly string[]) {
  return Promise.all(ids.map(async (id) => (await getUser(world.store, NUMBER, id)).user?.state));
}

describe('a user who was blocked by another number than the wa_id', () => {
  it.each([
    ['wa_id', { waId: WA_ID }],
    ['wa_id and BSUID', { waId: WA_ID, userId: BSUID }],
    ['BSUID', { userId: BSUID }],
  ])('causes no drift if Graph lists the %s', async (_, names) => {
    await block();
    world.graph.listedAs.set(WA_ID, names);
    const writes = watchWrites(world);
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(writes).toEqual([]);
    expect(size(world)).toBe(1);
  });

  it('causes no drift if Graph lists the number as it was sent', async () => {
    await block();
    world.graph.listedAs.set(WA_ID, { waId: SENT });
    const reads: string[] = [];
    const { getUsers } = world.store;
    world.store.getUsers = (number, ids) => {
      reads.push(...ids);
      return getUsers.call(world.store, number, ids);
    };
    expect(await reconcile(world)).toEqual(IN_STEP);
    // The one attempt at the mirror has seen the alias: a whole list by other numbers costs no read more.
    expect(reads).toEqual([]);
    expect(recordedHistory(world, WA_ID)).toEqual(['block api support spam']);
    expect(size(world)).toBe(1);
  });

  it.each([
    ['both ids', [{ waId: WA_ID }, { userId: BSUID }]],
    ['two numbers', [{ waId: WA_ID }, { waId: SENT }]],
    ['every id', [{ waId: SENT }, { userId: BSUID }, { waId: WA_ID }]],
  ])('is one user, and counted once, if Graph lists %s separately', async (_, entries) => {
    await block();
    world.graph.listUsers = async () => ({ users: entries });
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(size(world)).toBe(1);
    await change(world, [SENT], { action: 'unblock' });
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(size(world)).toBe(1);
    expect(recordedHistory(world, WA_ID).slice(2)).toEqual(['block external external']);
  });

  it('is unblocked by every id if Graph lists none of them', async () => {
    await block();
    world.graph.unblockElsewhere(WA_ID);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
    expect(await statesOf(SENT, WA_ID, BSUID)).toEqual(['unblocked', 'unblocked', 'unblocked']);
    expect(size(world)).toBe(0);
  });

  it.each([
    ['wa_id', { waId: WA_ID }],
    ['BSUID', { userId: BSUID }],
    ['number as it was sent', { waId: SENT }],
  ])('is blocked again by every id if Graph lists the %s again', async (_, names) => {
    await block();
    await change(world, [SENT], { action: 'unblock' });
    world.graph.blockElsewhere(WA_ID);
    world.graph.listedAs.set(WA_ID, names);
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(await statesOf(SENT, WA_ID, BSUID)).toEqual(['blocked', 'blocked', 'blocked']);
    expect(recordedHistory(world, WA_ID).at(-1)).toBe('block external external');
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(size(world)).toBe(1);
  });
});

describe('a user who was blocked by BSUID, and whom Graph lists by wa_id with the BSUID beside it', () => {
  const byBsuid = { list: toEntryList([parseEntry({ user_id: BSUID })]), reason: 'spam' };

  beforeEach(async () => {
    world.graph.names.clear();
    await change(world, [], byBsuid);
    world.graph.unblockElsewhere(BSUID);
    world.graph.blockElsewhere(WA_ID);
    world.graph.listedAs.set(WA_ID, { waId: WA_ID, userId: BSUID });
  });

  it('causes no drift: actor and reason stay, and the wa_id leads to the user', async () => {
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(recordedHistory(world, BSUID)).toEqual(['block api support spam']);
    expect(await getUser(world.store, NUMBER, WA_ID)).toMatchObject({
      user: { user: BSUID, state: 'blocked', reason: 'spam' },
      askedAs: WA_ID,
    });
    expect(size(world)).toBe(1);
    const writes = watchWrites(world);
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(writes.filter((write) => !write.startsWith('putUsers'))).toEqual([]);
  });

  it('is one user if the mirror has both ids', async () => {
    world.graph.names.set(WA_ID, { waId: WA_ID });
    await change(world, [WA_ID]);
    expect(size(world)).toBe(2);
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(size(world)).toBe(1);
    expect(stored(world, BSUID)).toMatchObject({ aliasOf: WA_ID });
    await change(world, [WA_ID], { action: 'unblock' });
    expect(await statesOf(WA_ID, BSUID)).toEqual(['unblocked', 'unblocked']);
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(size(world)).toBe(0);
  });
});

describe('a user whom another application blocked', () => {
  it('is found by wa_id and by BSUID if Graph lists both', async () => {
    world.graph.blockElsewhere(WA_ID);
    world.graph.listedAs.set(WA_ID, { waId: WA_ID, userId: BSUID });
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(await statesOf(WA_ID, BSUID)).toEqual(['blocked', 'blocked']);
    expect(await reconcile(world)).toEqual(IN_STEP);
    expect(size(world)).toBe(1);
  });

  it('is stored by the BSUID if Graph lists no other id', async () => {
    world.graph.blockElsewhere(BSUID);
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(stored(world, BSUID)).toMatchObject({ user: BSUID, state: 'blocked', userId: BSUID, input: BSUID });
    expect(await reconcile(world)).toEqual(IN_STEP);
  });

  it('replaces an alias if the number is a user of its own now', async () => {
    await block();
    // The user who was known by that number is gone from the table, as tombstones are after their time.
    world.store.users.delete(`${NUMBER}/${WA_ID}`);
    world.graph.unblockElsewhere(WA_ID);
    world.graph.blockElsewhere(SENT);
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(stored(world, SENT)).toMatchObject({ user: SENT, state: 'blocked', revision: 2 });
    expect(await reconcile(world)).toEqual(IN_STEP);
  });
});

describe('an operation in progress keeps its users', () => {
  const entry = { [SENT]: { user: SENT }, [WA_ID]: { user: WA_ID }, [BSUID]: { user_id: BSUID } };

  it.each([
    [SENT, 'wa_id', { waId: WA_ID }],
    [SENT, 'BSUID', { userId: BSUID }],
    [WA_ID, 'BSUID', { userId: BSUID }],
    [BSUID, 'wa_id', { waId: WA_ID }],
  ] as const)('that was requested as %s, if Graph lists the %s', async (asked, _, names) => {
    await block();
    await change(world, [SENT], { action: 'unblock' });
    world.graph.names.set(WA_ID, { waId: WA_ID }).set(BSUID, { waId: WA_ID, userId: BSUID });
    world.graph.meanwhile = async () => {
      world.graph.blockElsewhere(WA_ID);
      world.graph.listedAs.set(WA_ID, names);
      expect(await reconcile(world)).toEqual(IN_STEP);
    };
    await change(world, [], { list: toEntryList([parseEntry(entry[asked])]), reason: 'again' });
    expect(recordedHistory(world, WA_ID).at(-1)).toBe('block api support again');
  });
});
