import { afterAll, beforeAll, expect, inject, it } from 'vitest';
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
  const numbers = Array.from({ length: LIMITS.numbersPerRequest }, (_, index) => String(106_540_353_000_000 + index));
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
