import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { history, list } from '../../lambdas/openapi/user.ts';
import { countedAs, ofSize } from '../support/contract-fixtures.ts';
import { createInProcessApi, type InProcessApi, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

let api: InProcessApi;
let store: DynamoBlocklistStore;
let serial = 0;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
  const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
  store = new DynamoBlocklistStore({ client: api.dynamodb, name: api.tableName }, retention);
});
afterAll(() => api.stop());
beforeEach(() => api.simulator.control.reset());
afterEach(() => vi.restoreAllMocks());

/** A number that no other test uses. */
function freshNumber(): string {
  serial += 1;
  return `1065403522429${String(serial).padStart(2, '0')}`;
}

/** Who is blocked on the mirror, and when that was last compared with Graph. */
async function mirrorOf(phoneNumberId: string) {
  const { status, headers, body } = await api.call('listBlockedUsers', api.targetOf(phoneNumberId), {
    query: { limit: '1000' },
  });
  expect(status).toBe(200);
  const users = list.parse(body).data.map(({ wa_id }) => wa_id);
  return { users: users.sort(), reconciledAt: headers['x-blocklist-reconciled-at'] };
}

async function historyOf(phoneNumberId: string, user: string) {
  return history.parse((await api.call('getUserHistory', { ...api.targetOf(phoneNumberId), user })).body).data;
}

const summaryOf = (phoneNumberId: string) => store.getSummary(phoneNumberId, true);
const pagesRead = (phoneNumberId: string) =>
  api.simulator.control.calls().filter((call) => call.method === 'GET' && call.phoneNumberId === phoneNumberId);

/** What is written to the log from here on: each line with its level, parsed. */
function logged() {
  const lines: unknown[] = [];
  const keep = (text: unknown) => {
    lines.push(JSON.parse(String(text)));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  return lines;
}

describe('a number without a token', () => {
  it('is reported until there is one', async () => {
    const number = freshNumber();
    const refused = await api.call('startReconciliation', api.targetOf(number));
    expect(refused.status).toBe(502);
    expect(refused.body).toMatchObject({ error: { code: 190, message: expect.stringContaining('token secret') } });
    expect(JSON.stringify(refused)).not.toContain('arn:');
    expect(await api.executions('reconciliation')).toEqual([]);

    const lines = logged();
    await api.reconcile(number);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'number not reconciled', phone_number_id: number, code: 190 }),
    );
    vi.restoreAllMocks();
    const failure = { at: expect.any(String), code: 190, message: expect.stringContaining('token secret') };
    expect(await summaryOf(number)).toEqual({
      ...ofSize(0),
      reconcileFailure: failure,
      failingSince: expect.any(String),
    });
    expect(api.simulator.control.calls()).toEqual([]);

    await api.putToken(TOKEN);
    await api.reconcile(number);
    expect(await summaryOf(number)).toEqual({
      ...countedAs(0),
      reconciledAt: expect.any(String),
      drift: { added: 0, removed: 0 },
      blockCounts: expect.objectContaining({ total: 0, byReasonCode: {} }),
    });
  });
});

describe('a number whose token is in the secret', () => {
  beforeAll(() => api.putToken(TOKEN));

  describe('a list in another layout', () => {
    const layouts = [
      { listLayout: 'nested' },
      { waIdSpelling: 'plus' },
      { listLayout: 'nested', waIdSpelling: 'plus' },
    ] as const;

    it.each(layouts)('is read like any other: %j', async (layout) => {
      const number = freshNumber();
      const users = phones(3);
      await api.block(users, { phoneNumberId: number });
      api.simulator.control.patchOptions(layout);
      api.simulator.control.changeNumber(number, { add: phones(1, 16_505_559_000), remove: users.slice(0, 1) });
      await api.reconcile(number);
      const expected = [...users.slice(1), ...phones(1, 16_505_559_000)];
      expect((await mirrorOf(number)).users).toEqual(expected);
      expect((await api.call('getBlocklist', api.targetOf(number))).body).toMatchObject({
        drift: { added: 1, removed: 1 },
      });
      const graph = await api.call('listBlockedUsers', api.targetOf(number), { query: { source: 'graph' } });
      expect(graph.body.data).toEqual(expected.map((wa_id) => ({ messaging_product: 'whatsapp', wa_id })));
    });
  });

  describe('a list with an item without a user', () => {
    it('changes nothing, and is reported: in the blocklist, in the log of the alarm, and in an answer with source=graph', async () => {
      const number = freshNumber();
      const users = phones(3);
      await api.block(users, { phoneNumberId: number });
      await api.reconcile(number);
      const before = await mirrorOf(number);
      api.simulator.control.changeUsers({ listedWithoutId: { add: users.slice(1, 2) } });

      const lines = logged();
      await api.reconcile(number);
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: 'ERROR',
          message: 'number not reconciled',
          phone_number_id: number,
          code: 139103,
        }),
      );
      vi.restoreAllMocks();
      expect(await mirrorOf(number)).toEqual(before);
      const message = expect.stringContaining('item 2 of a page names nobody');
      expect((await api.call('getBlocklist', api.targetOf(number))).body).toMatchObject({
        size: 3,
        reconciled_at: before.reconciledAt,
        reconcile_failure: { at: expect.any(String), code: 139103, message },
      });
      expect(pagesRead(number)).toHaveLength(3);
      const listed = await api.call('listBlockedUsers', api.targetOf(number), { query: { source: 'graph' } });
      expect(listed.status).toBe(502);
      expect(listed.body).toMatchObject({ error: { code: 139103, message } });

      api.simulator.control.changeUsers({ listedWithoutId: { remove: users } });
      await api.reconcile(number);
      expect((await api.call('getBlocklist', api.targetOf(number))).body).not.toHaveProperty('reconcile_failure');
    });
  });

  describe('POST …/blocklist/reconcile', () => {
    it('starts the workflow for the number, by both forms of the path', async () => {
      const number = freshNumber();
      for (const path of [api.targetOf(number), { version: number }]) {
        // One at a time: the one before has ended.
        await expect.poll(() => api.hasRunning('reconciliation')).toBe(false);
        const before = (await api.executions('reconciliation')).length;
        const { status, body } = await api.call('startReconciliation', path);
        expect(status).toBe(202);
        expect(body).toEqual({ phone_number_id: number, status: 'started', reconciled_at: null });
        const started = (await api.executions('reconciliation')).slice(before);
        expect(started.map(({ input }) => input)).toEqual([
          { groups: [{ numbers: [{ phoneNumberId: number, attempts: 0 }] }] },
        ]);
      }
      await api.reconcile(number);
      const { body } = await api.call('startReconciliation', api.targetOf(number));
      expect(body.reconciled_at).toBe((await summaryOf(number))?.reconciledAt);
    });
  });

  describe('a change by another application', () => {
    it('is found in both directions, even with small pages of Graph, and recorded as external', async () => {
      const number = freshNumber();
      const [a, b, c, d, e, x, y] = phones(7, 16_505_560_000).map(String);
      api.simulator.control.patchOptions({ pageSizeCap: 2 });
      await api.block([a, b, c, d, e].map(String), { phoneNumberId: number, body: { reason: 'spam' } });
      api.simulator.control.changeNumber(number, { add: [String(x), String(y)], remove: [String(b), String(d)] });
      const startedAt = new Date().toISOString();

      await api.reconcile(number);
      const { users, reconciledAt = '' } = await mirrorOf(number);
      expect(users).toEqual([a, c, e, x, y]);
      expect(users).toEqual([...api.simulator.control.number(number).users].sort());
      expect(reconciledAt >= startedAt && reconciledAt <= new Date().toISOString()).toBe(true);
      expect(await summaryOf(number)).toEqual({
        ...countedAs(users.length),
        reconciledAt,
        drift: { added: 2, removed: 2 },
        blockCounts: expect.objectContaining({ total: users.length, byReasonCode: {} }),
      });
      // Five users in pages of two, and a page of none.
      expect(pagesRead(number).map((call) => call.users)).toEqual([2, 2, 1, 0]);

      const external = { outcome: 'succeeded', actor: 'external', source: 'external', at: reconciledAt };
      expect(await historyOf(number, String(x))).toEqual([expect.objectContaining({ ...external, action: 'block' })]);
      expect(await historyOf(number, String(b))).toEqual([
        expect.objectContaining({ ...external, action: 'unblock' }),
        expect.objectContaining({ action: 'block', source: 'api', reason: 'spam' }),
      ]);
      expect(await historyOf(number, String(a))).toHaveLength(1);
      const { body } = await api.call('getBlockedUser', { ...api.targetOf(number), user: String(x) });
      expect(body).toMatchObject({
        blocked: true,
        blocked_by: 'external',
        source: 'external',
        blocked_at: reconciledAt,
      });
      expect(await api.call('getBlockedUser', { ...api.targetOf(number), user: String(b) })).toMatchObject({
        body: { blocked: false, state: 'unblocked', source: 'external' },
      });

      // Again: nothing is new, and nothing is recorded twice.
      await api.reconcile(number);
      expect(await summaryOf(number)).toMatchObject({ size: 5, drift: { added: 0, removed: 0 } });
      expect(await historyOf(number, String(b))).toHaveLength(2);
    });

    it('is found on every number in use', async () => {
      const numbers = [freshNumber(), freshNumber()];
      const [user = '', other = ''] = phones(2, 16_505_561_000);
      for (const phoneNumberId of numbers) {
        await api.block([user], { phoneNumberId });
        api.simulator.control.changeNumber(phoneNumberId, { add: [other] });
      }
      const { groups, after } = await api.listNumbers({});
      expect(after).toBeUndefined();
      const inUse = groups.flatMap((group) => group.numbers.map(({ phoneNumberId }) => phoneNumberId));
      expect(inUse).toEqual(expect.arrayContaining(numbers));
      await api.reconcile(...inUse);
      for (const number of numbers) expect(await summaryOf(number)).toMatchObject({ size: 2, drift: { added: 1 } });
    });

    it('counts each user of a long list once', async () => {
      const number = freshNumber();
      const users = phones(1_100, 16_505_570_000);
      await api.block(users.slice(0, 1_000), { phoneNumberId: number });
      api.simulator.control.setNumber(number, users.slice(100).reverse());
      await api.reconcile(number);
      expect(await summaryOf(number)).toMatchObject({ size: 1_000, drift: { added: 100, removed: 100 } });
      expect((await mirrorOf(number)).users).toEqual(users.slice(100));
      expect(pagesRead(number).map((call) => call.users)).toEqual([1_000, 0]);
    });
  });

  describe('a list that changes while it is paged (139102)', () => {
    it('is paged again from its beginning', async () => {
      const number = freshNumber();
      const [a, b, c, x] = phones(4, 16_505_562_000).map(String);
      api.simulator.control.patchOptions({ pageSizeCap: 2 });
      await api.block([a, b, c].map(String), { phoneNumberId: number });
      api.simulator.control.changeNumber(number, { add: [String(x)], remove: [String(a)] });
      api.simulator.control.addFaults({ method: 'GET', nth: 2, fault: { kind: 'error', code: 139102 } });
      await api.reconcile(number);
      expect(pagesRead(number).map(({ users, code }) => code ?? users)).toEqual([2, 139102, 2, 1, 0]);
      expect((await mirrorOf(number)).users).toEqual([b, c, x]);
      expect(await summaryOf(number)).toMatchObject({ drift: { added: 1, removed: 1 } });
    });
  });

  describe('a list that cannot be read completely', () => {
    it('changes nothing, and is tried again later', async () => {
      const number = freshNumber();
      const [a = '', x = ''] = phones(2, 16_505_563_000);
      await api.block([a], { phoneNumberId: number });
      api.simulator.control.changeNumber(number, { add: [x], remove: [a] });
      api.simulator.control.addFaults({
        method: 'GET',
        nth: 2,
        fault: { kind: 'error', code: 80007, regainAccessMinutes: 5 },
      });
      const waiting = {
        result: 'requeue',
        requeueAfterSeconds: 300,
        numbers: [{ phoneNumberId: number, attempts: 3, notBefore: expect.any(String) }],
      };
      const first = await api.reconcileNumbers({ numbers: [{ phoneNumberId: number, attempts: 2 }] });
      expect(first).toEqual(waiting);
      // An attempt that another number of the group needs sooner leaves this one alone.
      const before = api.simulator.control.calls().length;
      const numbers = first.result === 'requeue' ? first.numbers : [];
      expect(await api.reconcileNumbers({ numbers })).toMatchObject({ result: 'requeue', numbers });
      expect(api.simulator.control.calls()).toHaveLength(before);
      expect(await summaryOf(number)).toEqual(countedAs(1));
      expect(await historyOf(number, x)).toEqual([]);
      await api.reconcile(number);
      expect((await mirrorOf(number)).users).toEqual([x]);
    });
  });

  describe('a number that the token may not see (100, subcode 33)', () => {
    it('is reported, keeps its mirror, and does not stop the others of its group', async () => {
      const [first, gone, last] = [freshNumber(), freshNumber(), freshNumber()];
      const [a = '', x = ''] = phones(2, 16_505_564_000);
      for (const phoneNumberId of [first, gone, last]) {
        await api.block([a], { phoneNumberId });
        api.simulator.control.changeNumber(phoneNumberId, { add: [x] });
      }
      api.simulator.control.patchOptions({ phoneNumberIds: [first, last] });
      const lines = logged();
      await api.reconcile(first, gone, last);
      vi.restoreAllMocks();
      for (const number of [first, last])
        expect(await summaryOf(number)).toMatchObject({ drift: { added: 1, removed: 0 } });
      expect(await summaryOf(gone)).toEqual({
        ...countedAs(1),
        goneSince: expect.any(String),
        failingSince: expect.any(String),
        reconcileFailure: {
          at: expect.any(String),
          code: 100,
          message: expect.stringContaining('no such phone number id'),
        },
      });
      expect((await mirrorOf(gone)).users).toEqual([a]);
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'ERROR', message: 'number not reconciled', phone_number_id: gone, code: 100 }),
      );
      expect(lines.filter((line) => Object(line).message === 'reconciled')).toHaveLength(2);
      expect(JSON.stringify(lines)).not.toContain(TOKEN);
    });

    it('is not read by the schedule if it was never in use', async () => {
      const number = freshNumber();
      api.simulator.control.patchOptions({ phoneNumberIds: [] });
      await api.reconcile(number);
      const { groups } = await api.listNumbers({});
      expect(JSON.stringify(groups)).not.toContain(number);
    });
  });

  describe('an operation whose end was not recorded', () => {
    it('is recorded as its own change if Graph’s list shows it, and ends', async () => {
      const number = freshNumber();
      const [a = '', b = ''] = phones(2, 16_505_565_000);
      const startedAt = new Date(Date.now() - 10 * 60_000).toISOString();
      const operation = { operationId: 'op-crashed', phoneNumberId: number, action: 'block', startedAt } as const;
      const asked = { source: 'api', users: 2, ids: [a, b], actor: 'ana', reason: 'spam' } as const;
      await store.startOperation({ ...operation, ...asked });
      // Of its two users Graph blocked one before the worker died, and somebody else blocked a third.
      const [c = ''] = phones(1, 16_505_565_900);
      api.simulator.control.changeNumber(number, { add: [a, c] });
      await api.reconcile(number);
      expect(await historyOf(number, a)).toEqual([
        expect.objectContaining({
          action: 'block',
          source: 'api',
          actor: 'ana',
          reason: 'spam',
          operation_id: 'op-crashed',
        }),
      ]);
      expect(await historyOf(number, c)).toEqual([expect.objectContaining({ source: 'external' })]);
      expect(await historyOf(number, b)).toEqual([]);
      expect(await store.listOpenOperations(number)).toEqual([]);
      expect((await mirrorOf(number)).users).toEqual([a, c]);
    });
  });
});
