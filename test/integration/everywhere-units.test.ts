import { ulid } from 'ulid';
import { beforeAll, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { eraseUser } from '../../lambdas/core/erasure/erase-user.ts';
import { getHistoryEverywhere } from '../../lambdas/core/history/get-history-everywhere.ts';
import { mapConcurrent } from '../../lambdas/core/map-concurrent.ts';
import { getUserEverywhere } from '../../lambdas/core/users/get-user-everywhere.ts';
import { auditEvent, mirrorUser } from '../support/contract-fixtures.ts';
import { createTable, localDynamoDb } from '../support/dynamodb-table.ts';
import { countReadUnits } from '../support/read-units.ts';
import { createWorld } from '../support/world.ts';
import { countWriteUnits } from '../support/write-units.ts';

/** Set to 10000 to measure the times that `docs/asking.md` and `docs/erasure.md` have. */
const NUMBERS = Number(process.env.EVERYWHERE_NUMBERS ?? 200);
const KNOWING = 5;
const WA = '16505551234';
const AT = '2026-11-01T00:00:00.000Z';

const endpoint = inject('dynamodbEndpoint');
const name = `everywhere-units-${process.pid}`;
const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
const numbers = Array.from({ length: NUMBERS }, (_, index) => String(106_540_352_000_000 + index));

beforeAll(async () => {
  const client = localDynamoDb(endpoint);
  await createTable(client, name);
  const store = new DynamoBlocklistStore({ client, name }, retention);
  await mapConcurrent(numbers, 32, (number) => store.registerNumber(number, AT));
  for (const number of numbers.slice(0, KNOWING)) {
    const next = mirrorUser(WA, { reason: 'spam', eventAt: AT });
    await store.putUsers(number, [{ id: WA, prior: undefined, next }]);
    await store.appendEvents(number, [auditEvent(WA, '2026-10-01T00:00:00.000Z', { operationId: 'op-0' })]);
  }
}, 600_000);

function counting() {
  const client = localDynamoDb(endpoint);
  const reads = countReadUnits(client);
  const written = countWriteUnits(client);
  const store = new DynamoBlocklistStore({ client, name }, retention);
  const jobs = new DynamoJobStore({ client, name }, { ...retention, jobIdleMs: 900_000 });
  const cpu = process.cpuUsage();
  const begin = performance.now();
  return {
    store,
    jobs,
    end: (what: string) => {
      const { user, system } = process.cpuUsage(cpu);
      const calls = Object.fromEntries(
        Map.groupBy(reads.calls, (call) => call)
          .entries()
          .map(([k, v]) => [k, v.length]),
      );
      const seen = {
        calls,
        units: reads.units,
        written: written.units,
        ms: Math.round(performance.now() - begin),
        cpuMs: Math.round((user + system) / 1000),
      };
      if (process.env.EVERYWHERE_NUMBERS) process.stdout.write(`${what} ${NUMBERS} ${JSON.stringify(seen)}\n`);
      return seen;
    },
  };
}

it('finds a user on every number with half a unit a number and id, a hundred numbers a read', async () => {
  const { store, end } = counting();
  const { rows } = await getUserEverywhere(store, { id: WA }, { limit: 100 });
  const { calls, units } = end('user');
  expect(rows.filter(({ user }) => user)).toHaveLength(KNOWING);
  expect(calls).toEqual({ Query: 2, BatchGetItem: NUMBERS / 100 + 1 });
  // Also the registry, the protected users, and the summaries of the page.
  expect(units).toBeLessThanOrEqual(NUMBERS / 2 + NUMBERS / 50 + 53);
}, 120_000);

it('reads the history of every number with one query a number and id', async () => {
  const { store, end } = counting();
  const { events } = await getHistoryEverywhere(store, { id: WA }, { limit: 100 });
  const { calls } = end('history');
  // The blocks that stand, and what was before them.
  expect(events).toHaveLength(2 * KNOWING);
  expect(calls).toEqual({ Query: NUMBERS + 2, BatchGetItem: Math.ceil((2 * NUMBERS + 1) / 100) });
}, 120_000);

it('erases a user with a read and a query a number and id, and searches the lists of the numbers that know them', async () => {
  const { store, jobs, end } = counting();
  const { deps } = createWorld();
  const clock = { now: Date.now, sleep: deps.clock.sleep, random: Math.random };
  const kept = { budgetMs: 600_000, auditDays: 730, jobDays: 90, logDays: 90 };
  const answer = await eraseUser(
    { ...deps, ...kept, clock, store, jobs, newId: ulid },
    { id: WA, unblock: false, actor: 'privacy' },
  );
  const { calls, written } = end('erase');
  expect(answer).toMatchObject({ receipt: { erased: { numbers: KNOWING, events: 2 * KNOWING } } });
  expect(calls.Query).toBeLessThan(NUMBERS + 16 * KNOWING + 100);
  expect(calls.BatchGetItem).toBeLessThan(NUMBERS / 10 + 20 * KNOWING);
  // The item over itself, the event, and the operation, with its day, at its start and its end.
  expect(written).toBeLessThan(12 * KNOWING);
}, 120_000);
