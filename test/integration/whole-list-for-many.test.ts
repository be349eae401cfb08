import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { LIMITS } from '../../lambdas/contract/limits.ts';
import { API_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract/timeouts.ts';
import { createdJobs } from '../../lambdas/openapi/job.ts';
import { createInProcessApi, type InProcessApi, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

let api: InProcessApi;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
  await api.putToken(TOKEN);
});
afterAll(() => api.stop());

it('accepts a whole list for 100 numbers, and its repeat, while the caller waits', async () => {
  const numbers = Array.from({ length: 100 }, (_, index) => String(106_540_353_000_000 + index));
  const list = phones(LIMITS.entriesPerRequest, 16_600_000_000);
  const body = { action: 'block', phone_number_ids: numbers, block_users: list.map((user) => ({ user })) };
  const ids: string[] = [];
  for (const time of ['first', 'again']) {
    const startedMs = performance.now();
    const answer = await api.call('createJobs', {}, { body, headers: { 'Idempotency-Key': 'whole' } });
    const seconds = (performance.now() - startedMs) / 1000;
    expect(answer.status).toBe(202);
    expect(seconds, `${time} time`).toBeLessThan(API_FUNCTION_TIMEOUT_SECONDS);
    const { data } = createdJobs.parse(answer.body);
    expect(data).toHaveLength(numbers.length);
    ids.push(data.map(({ id }) => id).join());
  }
  expect(ids[0]).toBe(ids[1]);
  const last = ids[0]?.split(',').at(-1) ?? '';
  expect((await api.call('getJob', { id: last })).body).toMatchObject({
    users: { total: list.length, remaining: list.length },
    chunks: { total: 64 },
  });
});

it('accepts a list for every number in use, 1,000 of them, starts all of its jobs, and accepts its repeat', async () => {
  const store = new DynamoBlocklistStore(
    { client: api.dynamodb, name: api.tableName },
    { auditDays: 730, jobDays: 90, tombstoneDays: 30 },
  );
  // Those that the other test left are in use as well.
  const inUse = (await store.listNumbers({ limit: LIMITS.numbersPerRequest })).length;
  const more = Array.from({ length: LIMITS.numbersPerRequest - inUse }, (_, index) =>
    String(206_540_353_000_000 + index),
  );
  await Promise.all(more.map((number) => store.registerNumber(number, new Date().toISOString())));
  const body = { action: 'block', all_numbers: true, block_users: phones(12).map((user) => ({ user })), defer: true };
  const before = (await api.executions('bulk')).length;
  for (const time of ['first', 'again']) {
    const startedMs = performance.now();
    const answer = await api.call('createJobs', {}, { body, headers: { 'Idempotency-Key': 'all' } });
    const seconds = (performance.now() - startedMs) / 1000;
    expect(answer.status).toBe(202);
    expect(seconds, `${time} time`).toBeLessThan(API_FUNCTION_TIMEOUT_SECONDS);
    expect(createdJobs.parse(answer.body).data).toHaveLength(LIMITS.numbersPerRequest);
  }
  expect((await api.executions('bulk')).length - before).toBe(LIMITS.numbersPerRequest);
});
