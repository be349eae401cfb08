import { ulid } from 'ulid';
import { beforeAll, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { getUserHistory } from '../../lambdas/core/history/get-user-history.ts';
import { submitChange } from '../../lambdas/core/jobs/submit-change.ts';
import { reconcileNumber } from '../../lambdas/core/reconciliation/reconcile-number.ts';
import { parseEntry } from '../../lambdas/core/users/entries.ts';
import { getUser } from '../../lambdas/core/users/get-user.ts';
import { lookupUsers } from '../../lambdas/core/users/lookup-users.ts';
import { SummaryCache } from '../../lambdas/core/users/summary-cache.ts';
import { freshNumber, mirrorUser } from '../support/contract-fixtures.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { countReadUnits } from '../support/read-units.ts';
import { changeRequest, createWorld, phones } from '../support/world.ts';
import { countWriteUnits } from '../support/write-units.ts';

const endpoint = inject('dynamodbEndpoint');
const name = `read-units-${process.pid}`;
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
/** As long as an item of the mirror gets: a unit pays for 4 KB. */
const long = { reason: '話'.repeat(256), actor: 'a'.repeat(900), onBehalfOf: 'b'.repeat(128) };

beforeAll(() => createTable(localDynamoDb(endpoint), name));

/** A number with these users on its list, and a container that has read its summary a moment ago. */
async function warm(users: readonly string[], aliases: readonly (readonly [string, string])[] = []) {
  const number = freshNumber();
  const client = localDynamoDb(endpoint);
  const store = new DynamoBlocklistStore({ client, name }, retention);
  await store.putUsers(number, [
    ...users.map((user) => ({ id: user, prior: undefined, next: mirrorUser(user, long) })),
    ...aliases.map(([id, aliasOf]) => ({ id, prior: undefined, next: { aliasOf, revision: 1 } })),
  ]);
  const summaries = new SummaryCache(store, { now: Date.now });
  await summaries.get(number);
  const counted = countReadUnits(client);
  const lookUp = async (inputs: readonly string[]) => {
    const entries = inputs.map((user) => parseEntry({ user }));
    const { rows } = await lookupUsers({ store, summaries }, { phoneNumberId: number, entries });
    return rows.filter(({ user }) => user?.state === 'blocked').length;
  };
  return { number, store, summaries, counted, lookUp };
}

it('looks up 1,000 users with 10 reads at once, for 500 read units', async () => {
  const blocked = phones(600);
  const { counted, lookUp } = await warm(blocked);
  const strangers = phones(400, 4_915_120_000_000);
  expect(await lookUp([...blocked, ...strangers])).toBe(600);
  expect(counted.calls).toEqual(Array(10).fill('BatchGetItem'));
  expect(counted.atOnce).toBe(10);
  expect(counted.units).toBeGreaterThan(299);
  expect(counted.units).toBeLessThanOrEqual(500);
});

it('reads once more for users who are known by another id, and for no user twice', async () => {
  // Two ids of each of 15 users.
  const aliases = phones(30, 5_215_500_000_000).map(
    (id, index) => [id, String(525_500_000_000 + (index % 15))] as const,
  );
  const { counted, lookUp } = await warm(
    aliases.slice(0, 15).map(([, user]) => user),
    aliases,
  );
  const inputs = [...aliases.map(([id]) => id), ...phones(200), ...phones(200), ...aliases.map(([id]) => `+${id}`)];
  expect(await lookUp(inputs)).toBe(60);
  // 230 different ids, and then 15.
  expect(counted.calls).toEqual(Array(4).fill('BatchGetItem'));
  expect(counted.units).toBeLessThanOrEqual((230 + 15) / 2);
});

it('reads one user with one read of half a unit, and one known by another id with two', async () => {
  const { number, store, summaries, counted } = await warm(['525541237788'], [['5215541237788', '525541237788']]);
  const ask = async (id: string) => {
    const before = { calls: counted.calls.length, units: counted.units };
    const [{ user }] = await Promise.all([getUser(store, number, id), summaries.get(number)]);
    return {
      blocked: user?.state === 'blocked',
      calls: counted.calls.length - before.calls,
      units: counted.units - before.units,
    };
  };
  expect(await ask('525541237788')).toEqual({ blocked: true, calls: 1, units: 0.5 });
  expect(await ask('5215541237788')).toEqual({ blocked: true, calls: 2, units: 1 });
  expect(await ask('16502530000')).toMatchObject({ blocked: false, calls: 1 });
});

it('reads once more only for users who are not found and whose number has another form', async () => {
  const { number, store, counted, lookUp } = await warm(['553187654321', '525541237788']);
  expect(await lookUp(['553187654321', '525541237788'])).toBe(2);
  expect(counted.calls).toHaveLength(1);
  expect(await lookUp(['5531987654321', '5215541237788', '16502530000'])).toBe(2);
  expect(counted.calls).toHaveLength(3);
  expect(counted.units).toBe((2 + 3 + 2) / 2);
  expect(await getUser(store, number, '5531987654321')).toMatchObject({
    user: { user: '553187654321', state: 'blocked' },
    askedAs: '5531987654321',
  });
  expect(counted.calls).toHaveLength(5);
});

it('reads a history with two reads of the mirror, which may have its latest event, and a query', async () => {
  const { number, store, counted } = await warm(['525541237788']);
  await getUserHistory(store, { phoneNumberId: number, id: '525541237788' }, { limit: 100 });
  expect(counted.calls.sort()).toEqual(['BatchGetItem', 'BatchGetItem', 'Query']);
});

it('reconciles a number with one read of its mirror, and writes only its summary if nothing differs', async () => {
  const number = freshNumber();
  const client = localDynamoDb(endpoint);
  const world = createWorld();
  const deps = { ...world.deps, store: new DynamoBlocklistStore({ client, name }, retention), newId: ulid };
  const reconcile = () => reconcileNumber(deps, number, world.clock.now() + 60_000);
  const request = { ...changeRequest(phones(700), { reason: long.reason }), phoneNumberId: number };
  await submitChange(deps, request);
  const aliases = phones(60, 5_215_500_000_000).map((id) => ({
    id,
    next: { aliasOf: phones(1)[0] ?? '', revision: 1 },
  }));
  await deps.store.putUsers(
    number,
    aliases.map((alias) => ({ ...alias, prior: undefined })),
  );
  world.graph.blockElsewhere(...phones(1, 16_505_560_000));
  world.clock.advance(1_000);
  const reads = countReadUnits(client);
  const writes = countWriteUnits(client);
  expect(await reconcile()).toEqual({ added: 1, removed: 0 });

  const before = {
    units: reads.units,
    scanned: reads.scanned,
    calls: reads.calls.length,
    written: writes.units,
    writes: writes.calls,
  };
  world.clock.advance(60_000);
  expect(await reconcile()).toEqual({ added: 0, removed: 0 });
  // Operations without a known end three times, the summary, and each of 16 partitions once: every item is read, and paid
  // for, once. They are about a KB long here, and half a unit pays for 4 KB.
  expect(reads.calls.slice(before.calls).sort()).toEqual(['GetItem', ...Array(19).fill('Query')]);
  expect(reads.scanned - before.scanned).toBe(701 + aliases.length);
  expect(reads.units - before.units).toBeLessThanOrEqual(1 + (3 + 16) / 2 + (701 * 1_400) / 8_192);
  expect({ units: writes.units - before.written, calls: writes.calls - before.writes }).toEqual({ units: 1, calls: 1 });
  expect(await deps.store.getSummary(number, true)).toMatchObject({ size: 701, drift: { added: 0, removed: 0 } });
});
