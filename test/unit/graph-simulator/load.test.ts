import { expect, test } from 'vitest';
import { inBatches } from '../../../lambdas/core/in-batches.ts';
import { block, digits, list, NUMBER, pageOf, phones, start } from './harness.ts';

test('100 calls at once all get their own answer', async () => {
  const simulator = await start();
  const users = phones(10_000);
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, index) => block(simulator, users.slice(100 * index, 100 * index + 100))),
  );
  for (const [index, reply] of replies.entries()) {
    expect(reply.status).toBe(200);
    expect(reply.text).toContain(digits(users[100 * index] ?? ''));
  }
  expect(simulator.control.number(NUMBER).users.toSorted()).toEqual(users.map(digits));
  expect(simulator.control.counters()).toMatchObject({ requests: 100, usersAdded: 10_000, inFlight: 0 });
});

test('a list of 64,000 is filled and read back in pages of 1,000', async () => {
  const simulator = await start({ endOfList: 'no-after' });
  const users = phones(64_000);
  for (const some of inBatches(users, 1_000)) expect((await block(simulator, some)).status).toBe(200);
  const read: unknown[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const page = pageOf(await list(simulator, `?limit=1000${after === '' ? '' : `&after=${after}`}`));
    read.push(...page.users);
    after = page.after;
  }
  expect(read).toEqual(users.map(digits));
});
