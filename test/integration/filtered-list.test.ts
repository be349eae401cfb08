/** Pages of a long list with a filter: bounded in what they read, complete, and stable while others change the list. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamoDbEmulator } from '../../bench/dynamodb-emulator/server.ts';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { shardOf } from '../../lambdas/adapters/dynamo/keys.ts';
import type { ListPage, ListPosition } from '../../lambdas/core/ports/list-page.ts';
import type { ListFilter } from '../../lambdas/core/users/list-filter.ts';
import { mirrorUser } from '../support/contract-fixtures.ts';
import { localDynamoDb } from '../support/dynamodb-table.ts';
import { phones } from '../support/world.ts';

const NUMBER = '106540352242922';
const CROWDED = '106540352242923';
/** More than one request reads. */
const USERS = phones(30_000);
const isRare = (index: number) => index % 1_000 === 7;
const RARE = USERS.filter((_, index) => isRare(index));

let emulator: Awaited<ReturnType<typeof startDynamoDbEmulator>>;
let store: DynamoBlocklistStore;
beforeAll(async () => {
  emulator = await startDynamoDbEmulator(0);
  const table = { client: localDynamoDb(emulator.url), name: 'filtered' };
  store = new DynamoBlocklistStore(table, { auditDays: 730, jobDays: 90, tombstoneDays: 30 });
  const put = (number: string, users: readonly string[]) =>
    store.putUsers(
      number,
      users.map((user, index) => {
        const next = mirrorUser(user, { reason: 'x'.repeat(200), reasonCode: isRare(index) ? 'fraud' : 'spam' });
        return { id: user, prior: undefined, next };
      }),
    );
  await put(NUMBER, USERS);
  // Everyone in one partition, which no hash of real numbers would do.
  await put(
    CROWDED,
    phones(400_000)
      .filter((user) => shardOf(user) === 3)
      .slice(0, 21_000),
  );
}, 60_000);
afterAll(() => emulator.stop());

interface Read extends ListPage {
  readonly units: number;
  readonly queries: number;
}

async function page(filter: ListFilter, from?: ListPosition, { backward = false, limit = 100, number = NUMBER } = {}) {
  emulator.control({ resetCounts: true });
  const found = await store.pageBlocked(number, { limit, from, backward, filter });
  const { calls, readUnits } = emulator.control();
  return { ...found, units: readUnits, queries: calls.Query ?? 0 };
}

/** All pages in one direction, and the users in the order of the list. */
async function readAll(filter: ListFilter, options: { backward?: boolean; limit?: number; number?: string } = {}) {
  const pages: Read[] = [];
  let from: ListPosition | undefined;
  do {
    const read = await page(filter, from, options);
    pages.push(read);
    const last = options.backward ? read.users[0] : read.users.at(-1);
    from = read.end ?? last;
    if (read.more && !from) throw new Error('A page that is not the last says nowhere where the next begins');
  } while (pages.at(-1)?.more);
  const inOrder = options.backward ? pages.toReversed() : pages;
  return { pages, users: inOrder.flatMap(({ users }) => users.map(({ user }) => user)) };
}

const FRAUD: ListFilter = { reasonCode: 'fraud' };

describe('a search for few users among many', () => {
  it('reads a bounded part of the list for a page, which may be short, and finds everyone once in the end', async () => {
    const { pages, users } = await readAll(FRAUD);
    expect(users.toSorted()).toEqual(RARE);
    expect(pages.map(({ users: found, more }) => [found.length > 0 && found.length < 100, more])).toEqual([
      [true, true],
      [true, false],
    ]);
    // 0.5 units for each 4 KB, of about 500 bytes a user.
    for (const { units, queries } of pages) {
      expect(units).toBeLessThan(1_700);
      expect(queries).toBeLessThan(60);
    }
  });

  it('finds the same the other way round', async () => {
    const { users } = await readAll(FRAUD);
    const back = await readAll(FRAUD, { backward: true });
    expect(back.users).toEqual(users);
    expect(back.pages.length).toBeGreaterThan(1);
  });

  it('finds nobody in pages that are empty, each of which says where the next begins', async () => {
    const { pages, users } = await readAll({ reasonCode: 'opt_out' });
    expect(users).toEqual([]);
    expect(pages.length).toBeGreaterThan(1);
  });

  it('goes back to where it came from, from any page, empty or not', async () => {
    for (const filter of [FRAUD, { reasonCode: 'opt_out' }]) {
      const first = await page(filter);
      const second = await page(filter, first.end);
      expect(second).toMatchObject({ more: false, end: { shard: 15 } });
      const before = second.users[0] ?? second.end;
      const back: string[] = [];
      let from = before;
      for (let more = true; more; ) {
        const read = await page(filter, from, { backward: true });
        back.unshift(...read.users.map(({ user }) => user));
        from = read.end ?? read.users[0];
        more = read.more;
      }
      expect(back).toEqual(first.users.map(({ user }) => user));
    }
  });

  it('is stable while users of the list come and go', async () => {
    const { users } = await readAll(FRAUD);
    const first = await page(FRAUD, undefined, { limit: 5 });
    const gone = first.users.at(-1);
    if (!gone) throw new Error('The page is empty');
    const { shard, ...prior } = gone;
    const unblocked = { ...prior, state: 'unblocked' as const, revision: prior.revision + 1 };
    await store.putUsers(NUMBER, [{ id: gone.user, prior, next: unblocked }]);
    const rest: string[] = [];
    let from: ListPosition | undefined = { shard, user: gone.user };
    for (let more = true; more; ) {
      const read: Read = await page(FRAUD, from, { limit: 5 });
      rest.push(...read.users.map(({ user }) => user));
      from = read.end ?? read.users.at(-1);
      more = read.more;
    }
    expect([...first.users.map(({ user }) => user), ...rest]).toEqual(users);
    await store.putUsers(NUMBER, [{ id: gone.user, prior: unblocked, next: { ...prior, revision: 3 } }]);
  });
});

it('reads little if many users are let through, and fills its pages', async () => {
  const { users, more, units, queries } = await page({ reasonCode: 'spam' });
  expect(users).toHaveLength(100);
  expect(more).toBe(true);
  expect(queries).toBeLessThan(4);
  expect(units).toBeLessThan(40);
});

it('breaks off within a partition that alone is more than one request reads, and goes on there', async () => {
  const { pages, users } = await readAll({ reasonCode: 'fraud' }, { number: CROWDED });
  expect(users).toHaveLength(21);
  expect(pages[0]?.end).toMatchObject({ shard: 3, user: expect.stringMatching(/^\d+$/) });
  for (const { units } of pages) expect(units).toBeLessThan(1_700);
  const back = await readAll({ reasonCode: 'fraud' }, { number: CROWDED, backward: true });
  expect(back.users).toEqual(users);
});
