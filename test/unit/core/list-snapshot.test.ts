import { beforeEach, describe, expect, it } from 'vitest';
import { TokenMissingError } from '../../../lambdas/core/errors.ts';
import type { GraphPage } from '../../../lambdas/core/ports/services.ts';
import { takeSnapshot } from '../../../lambdas/core/reconciliation/list-snapshot.ts';
import type { EndOfList } from '../../support/fake-graph.ts';
import { createWorld, NUMBER, phones, type World } from '../../support/world.ts';

const BSUID = 'US.13491208655302741918';

let world: World;
beforeEach(() => {
  world = createWorld();
  world.graph.pageSize = 10;
});

const snapshot = (msLeft = 60_000) => takeSnapshot(world.deps, NUMBER, world.clock.now() + msLeft);
const scanned = async () => [...(await snapshot()).users.keys()];

/** Graph answers with these pages, in this order. */
function answer(...pages: GraphPage[]): void {
  world.graph.listUsers = async () => pages.shift() ?? { users: [] };
}

describe('a scan of Graph’s list', () => {
  it.each<[EndOfList, number]>([
    ['empty', 4],
    ['no-after', 3],
    ['repeats', 3],
  ])('is complete if the list ends like this: %s', async (endOfList, pages) => {
    world.graph.endOfList = endOfList;
    world.graph.blockElsewhere(...phones(25));
    expect(await scanned()).toEqual(phones(25));
    expect(world.graph.listings).toHaveLength(pages);
    expect(world.graph.listings.map(({ after }) => after === undefined)).toEqual([
      true,
      ...Array(pages - 1).fill(false),
    ]);
  });

  it.each<EndOfList>(['empty', 'no-after', 'repeats'])(
    'reads a list of one page, and of none: %s',
    async (endOfList) => {
      world.graph.endOfList = endOfList;
      expect(await scanned()).toEqual([]);
      world.graph.blockElsewhere(...phones(10));
      expect(await scanned()).toEqual(phones(10));
    },
  );

  it('says when it began and ended', async () => {
    world.graph.blockElsewhere(...phones(10));
    world.graph.beforePage = () => world.clock.advance(2_000);
    const began = world.clock.iso();
    expect(await snapshot()).toMatchObject({ startedAt: began, endedAt: world.clock.iso() });
    expect(world.clock.iso()).not.toBe(began);
  });

  it('knows a user by wa_id, or by the BSUID if there is none', async () => {
    world.graph.blockElsewhere(BSUID, '16505550001');
    world.graph.listedAs.set('16505550001', { waId: '16505550001', userId: 'US.2' });
    expect([...(await snapshot()).users]).toEqual([
      [BSUID, { userId: BSUID }],
      ['16505550001', { waId: '16505550001', userId: 'US.2' }],
    ]);
  });

  it('keeps both ids of a user who is listed twice', async () => {
    answer({ users: [{ waId: '1', userId: 'US.1' }, { waId: '2' }], after: 'a' }, { users: [{ waId: '1' }] });
    expect([...(await snapshot()).users]).toEqual([
      ['1', { waId: '1', userId: 'US.1' }],
      ['2', { waId: '2' }],
    ]);
  });

  it('goes on past an empty page if Graph names a next one', async () => {
    answer(
      { users: [], after: 'a', hasNext: true },
      { users: [{ waId: '1' }], after: 'b', hasNext: true },
      { users: [{ waId: '2' }] },
    );
    expect(await scanned()).toEqual(['1', '2']);
  });

  it('ends with an empty page, even if that page has a cursor', async () => {
    answer({ users: [{ waId: '1' }], after: 'a' }, { users: [], after: 'b' }, { users: [{ waId: '2' }] });
    expect(await scanned()).toEqual(['1']);
  });

  it('ends at an empty page if Graph names a next page forever', async () => {
    answer({ users: [{ waId: '1' }], after: 'a', hasNext: true }, { users: [], after: 'a', hasNext: true });
    expect(await scanned()).toEqual(['1']);
  });

  it('asks again for a page that failed temporarily', async () => {
    world.graph.blockElsewhere(...phones(25));
    world.graph.refuseListing(undefined, { kind: 'transient', code: 2, message: 'down' });
    expect(await scanned()).toEqual(phones(25));
  });

  it('goes on if the token is replaced in between', async () => {
    world.graph.blockElsewhere(...phones(25));
    world.graph.refuseListing(undefined, { kind: 'token', code: 190, message: 'expired' });
    world.graph.beforePage = (pages) => {
      if (pages === 1) world.tokens.replace('token-2');
    };
    expect(await scanned()).toEqual(phones(25));
    expect(world.graph.listings.map(({ token }) => token)).toEqual(['token-1', 'token-1', ...Array(3).fill('token-2')]);
  });
});

describe('a scan fails, and gives no part of the list,', () => {
  beforeEach(() => {
    world.graph.blockElsewhere(...phones(25));
  });

  it('if somebody changed the list during the scan', async () => {
    world.graph.beforePage = (pages) => {
      if (pages === 2) world.graph.unblockElsewhere('16505550000');
    };
    await expect(snapshot()).rejects.toMatchObject({ kind: 'list_changed', code: 139102 });
    // At once: its cursors are worth nothing from then on.
    expect(world.graph.listings).toHaveLength(3);
    expect(world.clock.sleeps).toEqual([]);
  });

  it('if a page cannot be read', async () => {
    world.graph.refuseListing(undefined, { kind: 'unreadable', code: 139103, message: 'who is that' });
    await expect(snapshot()).rejects.toMatchObject({ kind: 'unreadable' });
    // Asking again does not help.
    expect(world.graph.listings).toHaveLength(2);
    expect(world.clock.sleeps).toEqual([]);
  });

  it.each<[string, GraphPage[]]>([
    ['without a cursor to it', [{ users: [{ waId: '1' }], hasNext: true }]],
    ['without a cursor to it, from an empty page', [{ users: [], hasNext: true }]],
    [
      'and goes back to a page that was read',
      [
        { users: [{ waId: '1' }], after: 'a', hasNext: true },
        { users: [{ waId: '1' }], after: 'a', hasNext: true },
      ],
    ],
  ])('if Graph names a next page %s', async (_, pages) => {
    answer(...pages);
    await expect(snapshot()).rejects.toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('next page'),
    });
  });

  it('if there is no time for another page', async () => {
    world.graph.beforePage = () => world.clock.advance(20_000);
    await expect(snapshot(30_000)).rejects.toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('time'),
    });
    expect(world.graph.listings).toHaveLength(2);
  });

  it('if a page stays refused', async () => {
    world.graph.refuseListing(undefined, { kind: 'permission', code: 10, message: 'no' });
    await expect(snapshot()).rejects.toMatchObject({ kind: 'permission' });
  });

  it('if the token was removed during the scan', async () => {
    world.graph.beforePage = () => {
      world.tokens.credentials = () => Promise.reject(new TokenMissingError('put it in'));
    };
    await expect(snapshot()).rejects.toBeInstanceOf(TokenMissingError);
  });
});
