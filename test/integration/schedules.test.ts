import { ulid } from 'ulid';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { parseEntry, toEntryList } from '../../lambdas/core/users/entries.ts';
import { JOB_IDLE_MS } from '../support/in-memory-store.ts';
import { ACTOR, createInProcessApi, type InProcessApi, TOKEN } from '../support/in-process-api.ts';
import { phones } from '../support/world.ts';

const HOUR_MS = 60 * 60_000;

let api: InProcessApi;
let store: DynamoBlocklistStore;
let jobs: DynamoJobStore;
let serial = 0;
beforeAll(async () => {
  api = await createInProcessApi(inject('dynamodbEndpoint'));
  await api.putToken(TOKEN);
  const table = { client: api.dynamodb, name: api.tableName };
  const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
  store = new DynamoBlocklistStore(table, retention);
  jobs = new DynamoJobStore(table, { ...retention, jobIdleMs: JOB_IDLE_MS });
});
afterAll(() => api.stop());
beforeEach(() => api.simulator.control.reset());

/** A number that no other test uses. */
function freshNumber(): string {
  serial += 1;
  return `1065403522429${String(serial).padStart(2, '0')}`;
}

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

describe('the sweep of jobs', () => {
  /** A job as it was written, so long ago, by a worker that died before it started the workflow. */
  async function writtenOnly(ageMs: number): Promise<{ id: string; users: string[] }> {
    const phoneNumberId = freshNumber();
    const users = phones(3, 16_505_580_000);
    const createdMs = Date.now() - ageMs;
    const id = `${phoneNumberId}-${ulid(createdMs)}`;
    const { distinct } = toEntryList(users.map((user) => parseEntry({ user })));
    const job = {
      id,
      phoneNumberId,
      action: 'block',
      status: 'queued',
      total: 3,
      chunkCount: 2,
      actor: ACTOR,
    } as const;
    const createdAt = new Date(createdMs).toISOString();
    await jobs.createJob(
      { ...job, run: 1, execution: 1, createdAt },
      [distinct.slice(0, 2), distinct.slice(2)],
      undefined,
    );
    return { id, users };
  }
  const executionsOf = async (id: string) =>
    (await api.executions('bulk')).filter(({ name = '' }) => name.startsWith(id)).map(({ name }) => name);
  const jobOf = async (id: string) => (await api.call('getJob', { id })).body;
  /** The workflow's execution is over, and the sweep must check the job now. */
  const scheduleNow = async (id: string) => {
    await expect.poll(() => api.hasRunning('bulk')).toBe(false);
    await jobs.postponeJob(id, ago(HOUR_MS));
  };

  it('starts a job that was never started, once, and leaves a new one alone', async () => {
    const { id } = await writtenOnly(HOUR_MS);
    const young = await writtenOnly(1_000);
    expect(await api.sweep()).toMatchObject({ jobs: { started: 1, healthy: 0, resumed: 0, ended: 0 } });
    expect(await api.executions('bulk')).toEqual([
      { name: id, input: { jobId: id, run: 1, chunks: [0, 1], lanes: 2 } },
    ]);
    expect(await api.sweep()).toMatchObject({ jobs: { started: 0, healthy: 0, resumed: 0, ended: 0 } });
    for (const one of [id, young.id]) await api.runJob(one, 2);
    for (const one of [id, young.id]) expect(await jobOf(one)).toMatchObject({ status: 'succeeded' });
    expect(await executionsOf(young.id)).toEqual([]);
  });

  it('continues a job whose execution died, with another execution of the same run', async () => {
    const { id, users } = await writtenOnly(HOUR_MS);
    await api.sweep();
    await api.runChunk(id, 0);
    await scheduleNow(id);
    expect(await api.sweep()).toMatchObject({ jobs: { started: 0, resumed: 1, ended: 0 } });
    expect(await executionsOf(id)).toEqual([id, `${id}-2`]);
    expect(await jobOf(id)).toMatchObject({ status: 'running', users: { succeeded: 2, remaining: 1 } });
    await api.runJob(id, 2);
    expect(await jobOf(id)).toMatchObject({ status: 'succeeded', users: { succeeded: 3 } });
    const [number = ''] = id.split('-');
    expect(api.simulator.control.number(number).users).toEqual(users);
    await scheduleNow(id);
    expect(await api.sweep()).toMatchObject({ jobs: { healthy: 0 } });
  });

  it('ends a job in which nothing is left to do', async () => {
    const { id } = await writtenOnly(HOUR_MS);
    await api.sweep();
    for (const chunk of [0, 1]) await api.runChunk(id, chunk);
    await scheduleNow(id);
    expect(await api.sweep()).toMatchObject({ jobs: { ended: 1, resumed: 0 } });
    expect(await jobOf(id)).toMatchObject({ status: 'succeeded', finished_at: expect.any(String) });
    expect(await executionsOf(id)).toEqual([id]);
  });

  it('ends a job at its deadline, and users that were not sent have failed, with the reason', async () => {
    const { id } = await writtenOnly(7 * HOUR_MS);
    await api.sweep();
    await api.runChunk(id, 0);
    expect(await jobOf(id)).toMatchObject({ status: 'running', users: { failed: 2, remaining: 1 } });
    await scheduleNow(id);
    expect(await api.sweep()).toMatchObject({ jobs: { ended: 1, resumed: 0 } });
    expect(await jobOf(id)).toMatchObject({ status: 'failed', users: { failed: 3, remaining: 0 } });
    expect(api.simulator.control.calls()).toEqual([]);
  });
});

describe('the sweep of operations', () => {
  const started = async () => (await api.executions('reconciliation')).map(({ input }) => JSON.stringify(input));

  it('starts a reconciliation for an operation that nobody completed, until its end is known', async () => {
    const [number, busy] = [freshNumber(), freshNumber()];
    const [user = ''] = phones(1, 16_505_581_000);
    const operation = (phoneNumberId: string, startedAt: string) => ({
      ...({ operationId: ulid(), action: 'block', source: 'api', users: 1, actor: ACTOR } as const),
      ids: [user],
      phoneNumberId,
      startedAt,
    });
    await store.startOperation(operation(number, ago(HOUR_MS)));
    await store.startOperation(operation(busy, ago(1_000)));

    expect(await api.sweep()).toMatchObject({ numbers: 1 });
    const [input = '', ...more] = await started();
    expect(more).toEqual([]);
    expect(JSON.parse(input)).toEqual({ groups: [{ numbers: [{ phoneNumberId: number, attempts: 0 }] }] });

    api.simulator.control.changeNumber(number, { add: [user] });
    await api.reconcile(number);
    expect(await api.call('getBlockedUser', { ...api.targetOf(number), user })).toMatchObject({
      body: { blocked: true, blocked_by: ACTOR, source: 'api' },
    });
    expect(await api.sweep()).toMatchObject({ numbers: 0 });
    expect(await started()).toHaveLength(1);
  });

  it('starts a reconciliation for an operation whose answer was lost as well', async () => {
    const number = freshNumber();
    const [user = ''] = phones(1, 16_505_582_000);
    api.simulator.control.addFaults({ method: 'POST', fault: { kind: 'reset', applied: true } });
    expect((await api.block([user], { phoneNumberId: number })).status).toBe(503);
    const [open] = await store.listOpenOperations(number);
    expect(open).toMatchObject({ status: 'uncertain', ids: [user] });
    const later = new Date(Date.now() + HOUR_MS).toISOString();
    expect((await store.listOverdueOperations(later)).phoneNumberIds).toContain(number);
    await api.reconcile(number);
    expect(await api.call('getBlockedUser', { ...api.targetOf(number), user })).toMatchObject({
      body: { blocked: true, blocked_by: ACTOR },
    });
  });
});

describe('the check of the tokens', () => {
  it('reports a token that works, and fails with the name of the one that does not', async () => {
    const report = await api.checkTokens();
    expect(report.tokens).toEqual([expect.objectContaining({ token: 'The default token', state: 'works' })]);
    api.simulator.control.patchOptions({ tokens: ['EAA-local-simulator-token-2'] });
    const refused = api.checkTokens();
    await expect(refused).rejects.toThrow(expect.objectContaining({ name: 'TokenProblemError' }));
    await expect(refused).rejects.toThrow('The default token does not work');
  });
});
