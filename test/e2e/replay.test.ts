/** Every write done twice: the second time changes nothing, and no user's history records anything twice. */
import { afterAll, expect, test } from 'vitest';
import type { AuditEvent } from '../../lambdas/openapi/user.ts';
import { businessScopedIds, phoneNumberId, phoneNumbers, type TestNumber } from './support/numbers.ts';
import { acceptedJob, Blocklist, endOf, getJob, jobUsers } from './support/service.ts';
import { calmAfterEach, simulator } from './support/simulator.ts';
import { countEvents } from './support/stored.ts';
import { BulkWorkflow } from './support/workflow.ts';

calmAfterEach();
const workflow = new BulkWorkflow();
afterAll(() => workflow.stop());

/** The `wa_id` of a user of another number. */
const MOVED = '525512345678';
const ASYNC = { Prefer: 'respond-async' };

/** A number with users of every kind: some are refused by Graph, one has another `wa_id`. */
async function prepare(test: TestNumber, count = 30) {
  const id = phoneNumberId(test);
  const users = [...phoneNumbers(count), ...businessScopedIds(2)];
  const [silent = '', landline = '', moved = ''] = users;
  await simulator.changeUsers({
    lastInboundAt: { users: [silent], at: null },
    invalidNumbers: { add: [landline] },
    waIds: { [moved]: MOVED },
  });
  const blocklist = new Blocklist(id);
  return {
    id,
    users,
    blocklist,
    /** All that a caller can see of the number: for a long list the history of some, and how much there is of everyone's. */
    look: async () => ({
      mirror: await blocklist.mirror(),
      graph: await simulator.list(id),
      histories: await blocklist.histories(users.length > 40 ? [...users.slice(0, 20), ...users.slice(-20)] : users),
      events: await countEvents(id, [...users, MOVED]),
    }),
  };
}

function lengths(histories: Map<string, AuditEvent[]>): Set<number> {
  return new Set([...histories.values()].map((events) => events.length));
}

test('the same request twice', async () => {
  const { blocklist, users, look } = await prepare('replayed request');
  const first = await blocklist.block(users, { reason: 'spam' });
  const blocked = await look();
  expect(blocked.mirror).toHaveLength(30);
  expect(lengths(blocked.histories)).toEqual(new Set([1]));
  const second = await blocklist.block(users, { reason: 'spam' });
  expect(second.status).toBe(first.status);
  expect(second.body).toEqual({ ...bodyOf(first), error: expect.objectContaining({ code: 139100 }) });
  expect(await look()).toEqual(blocked);

  // Who is no WhatsApp user cannot be unblocked either.
  expect((await blocklist.unblock(users)).status).toBe(400);
  const unblocked = await look();
  expect(unblocked.mirror).toEqual([]);
  expect(lengths(unblocked.histories)).toEqual(new Set([2]));
  expect((await blocklist.unblock(users)).status).toBe(400);
  expect(await look()).toEqual(unblocked);
});

function bodyOf({ body }: { body: unknown }): object {
  return typeof body === 'object' && body !== null ? body : {};
}

test('the same job twice, as a second request without a key', async () => {
  const { blocklist, users, look } = await prepare('replayed job');
  const first = await endOf(acceptedJob(await blocklist.block(users, { reason: 'spam', headers: ASYNC })));
  const blocked = await look();
  expect(blocked.mirror).toHaveLength(30);
  expect(lengths(blocked.histories)).toEqual(new Set([1]));
  const second = await endOf(acceptedJob(await blocklist.block(users, { reason: 'spam', headers: ASYNC })));
  expect(second.id).not.toBe(first.id);
  expect(second.users).toEqual(first.users);
  expect(await jobUsers(second)).toEqual(await jobUsers(first));
  expect(await look()).toEqual(blocked);
});

test('the same job twice, as a second request with the same key', async () => {
  const { id, blocklist, users, look } = await prepare('replayed key');
  const headers = { ...ASYNC, 'Idempotency-Key': 'once' };
  const first = await endOf(acceptedJob(await blocklist.block(users, { headers })));
  const blocked = await look();
  const calls = await simulator.calls(id);
  expect(acceptedJob(await blocklist.block(users, { headers }))).toEqual(first);
  expect(await simulator.calls(id)).toEqual(calls);
  expect(await look()).toEqual(blocked);
});

test('every chunk of a job twice, one after the other', async () => {
  const { id, blocklist, users, look } = await prepare('replayed chunk', 1_048);
  const job = await endOf(acceptedJob(await blocklist.block(users, { reason: 'spam' })));
  expect(job).toMatchObject({ status: 'partially_failed', chunks: { total: 2, done: 2 } });
  const before = { job, users: await jobUsers(job), calls: await simulator.calls(id), ...(await look()) };
  expect(lengths(before.histories)).toEqual(new Set([1]));
  expect(before.events).toBe(users.length);

  expect(await workflow.end(await workflow.again(job.id, 'again'))).toBe('SUCCEEDED');
  const after = {
    job: await getJob(job.id),
    users: await jobUsers(job),
    calls: await simulator.calls(id),
    ...(await look()),
  };
  expect(after).toEqual(before);
});

test.each([
  ['the first worker is the first to be answered', 'doubled chunk', { latency: { fixedMs: 1_500 } }],
  // This seed draws long jitters for the first two calls, and short ones for the two after.
  ['the second one overtakes it', 'overtaken chunk', { seed: 3_481, latency: { fixedMs: 300, jitterMs: 1_800 } }],
] as const)('every chunk of a job twice, at the same time: %s', async (_, test, options) => {
  const { blocklist, users, look, id } = await prepare(test, 1_048);
  await simulator.setOptions(options);
  const job = acceptedJob(await blocklist.block(users, { reason: 'spam' }));
  const twin = await workflow.again(job.id, 'twin');
  expect(await workflow.end(twin)).toBe('SUCCEEDED');
  expect(await workflow.end(workflow.executionArn(job.id))).toBe('SUCCEEDED');
  expect((await simulator.changes(id)).length, 'the workers did not overlap').toBeGreaterThan(2);
  expect((await endOf(job)).users).toEqual({ total: 1_050, succeeded: 1_048, failed: 2, deferred: 0, remaining: 0 });

  const { mirror, graph, histories, events } = await look();
  expect(mirror).toHaveLength(1_048);
  expect(graph).toHaveLength(1_048);
  expect(events).toBe(1_050);
  expect(lengths(histories)).toEqual(new Set([1]));
});
