import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import { PROBLEMS } from '../../../lambdas/core/users/problems.ts';
import { countedAs } from '../../support/contract-fixtures.ts';
import {
  ACTOR,
  createTestJob,
  createWorld,
  historyOf,
  NUMBER,
  phones,
  runChunk,
  runJob,
  type World,
} from '../../support/world.ts';
import { outcomes, progress, statusOf } from './job-as-answered.ts';

const AGAIN = { code: 131047, message: 'Re-engagement required', details: 'No message in 24 hours' };
const BAD_TOKEN: GraphErrorFields = { kind: 'token', code: 190, message: 'expired' };

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

describe('a job', () => {
  it('ends with one outcome for each distinct entry, malformed ones too', async () => {
    const [a = '', b = '', c = '', d = ''] = phones(4);
    world.graph.failures.set(b, [AGAIN]);
    const job = await createTestJob(world, [a, `+${a}`, b, 'nobody', c, d]);
    expect(job).toMatchObject({ status: 'queued', total: 5, chunkCount: 2 });
    expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed' });
    expect(await outcomes(world, job)).toEqual([
      `${a} succeeded`,
      `${b} 131047`,
      'nobody 100',
      `${c} succeeded`,
      `${d} succeeded`,
    ]);
    expect(await progress(world, job)).toMatchObject({ total: 5, succeeded: 3, failed: 2, remaining: 0 });
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(3));
    expect(historyOf(world, b)).toEqual(['block failed 131047']);
  });

  it('shows its progress while it runs', async () => {
    const job = await createTestJob(world, phones(6));
    expect(await progress(world, job)).toMatchObject({ remaining: 6, chunks: { total: 2, done: 0 } });
    await runChunk(world, job, 1);
    expect(await progress(world, job)).toMatchObject({ succeeded: 3, remaining: 3, chunks: { total: 2, done: 1 } });
    expect(await world.jobs.getJob(job.id)).toMatchObject({ status: 'running' });
  });

  it.each([
    ['succeeded', []],
    ['failed', phones(2)],
    ['partially_failed', phones(1)],
  ] as const)('is %s by its users', async (status, failing) => {
    for (const user of failing) world.graph.failures.set(user, [AGAIN]);
    expect(await runJob(world, await createTestJob(world, phones(2)))).toMatchObject({ status });
  });

  it('of malformed entries alone does not call Graph', async () => {
    const job = await createTestJob(world, ['a', 'b']);
    expect(await runJob(world, job)).toMatchObject({ status: 'failed' });
    expect(world.graph.calls).toEqual([]);
  });

  it.each(['block', 'unblock'] as const)(
    'to %s says what is wrong with a spelling, and sends nothing of it',
    async (action) => {
      const [a = ''] = phones(1);
      const refused = [
        '16505553020.0',
        '(415) 555-1212',
        '+55 (0)31 98765 4321',
        '2026-11-30',
        '+16505551234 / +16505551235',
      ];
      const job = await createTestJob(world, [a, ...refused, '+44 (0)20 7946 0958'], { action });
      await runJob(world, job);
      const { users } = await listJobUsers(world.jobs, job, { limit: 10 });
      expect(users.map(({ input, code, message }) => [input, code, message]).filter(([, code]) => code)).toEqual(
        (['decimal', 'noPlus', 'trunkZero', 'date', 'twoNumbers'] as const).map((problem, index) => [
          refused[index],
          100,
          `(#100) Invalid parameter: ${PROBLEMS[problem]}`,
        ]),
      );
      expect(world.graph.calls.flatMap(({ ids }) => ids).sort()).toEqual([a, '442079460958'].sort());
    },
  );

  it('unblocks as well', async () => {
    await runJob(world, await createTestJob(world, phones(3)));
    await runJob(world, await createTestJob(world, phones(2), { action: 'unblock' }));
    expect(await world.store.getSummary(NUMBER)).toEqual(countedAs(1));
  });

  it('with the same key and body is the same job; with another body it is refused', async () => {
    const first = await createTestJob(world, phones(2), { idempotencyKey: 'k' });
    expect((await createTestJob(world, phones(2), { idempotencyKey: 'k' })).id).toBe(first.id);
    await expect(createTestJob(world, phones(3), { idempotencyKey: 'k' })).rejects.toMatchObject({ status: 409 });
    await expect(createTestJob(world, phones(2), { idempotencyKey: 'k', reason: 'x' })).rejects.toMatchObject({
      status: 409,
    });
    const withCode = createTestJob(world, phones(2), { idempotencyKey: 'k', reasonCode: 'spam' });
    await expect(withCode).rejects.toMatchObject({ status: 409 });
    expect((await createTestJob(world, phones(2))).id).not.toBe(first.id);
  });

  it('with the key of another caller, or for another person, is a job of its own', async () => {
    const key = { idempotencyKey: 'k' };
    const role = 'arn:aws:sts::111122223333:assumed-role/support';
    const mine = await createTestJob(world, phones(2), { ...key, actor: `${role}/monday`, onBehalfOf: 'ana' });
    const others = [
      await createTestJob(world, phones(2), { ...key, actor: ACTOR, onBehalfOf: 'ana' }),
      await createTestJob(world, phones(3), { ...key, actor: ACTOR }),
      await createTestJob(world, phones(4), { ...key, actor: `${role}/monday`, onBehalfOf: 'bob' }),
      await createTestJob(world, phones(5), { ...key, actor: `${role}/monday` }),
    ];
    expect(new Set([mine, ...others].map(({ id }) => id)).size).toBe(5);
    // Tomorrow's session of the same role is the same caller.
    const again = { ...key, actor: `${role}/tuesday`, onBehalfOf: 'ana' };
    expect(await createTestJob(world, phones(2), again)).toEqual(mine);
    await expect(createTestJob(world, phones(3), again)).rejects.toMatchObject({ status: 409 });
  });

  it('has the terms of the block, and other terms make another job', async () => {
    const terms = { expiresAt: '2027-01-01T00:00:00.000Z', defer: true, termsAsSent: 'in an hour' };
    const first = await createTestJob(world, phones(2), { idempotencyKey: 'k', ...terms });
    expect(await world.jobs.getJob(first.id)).toMatchObject({ expiresAt: terms.expiresAt, defer: true });
    const later = { ...terms, expiresAt: '2027-01-01T00:00:05.000Z' };
    expect(await createTestJob(world, phones(2), { idempotencyKey: 'k', ...later })).toEqual(first);
    for (const other of [{}, { ...terms, termsAsSent: 'in a day' }]) {
      await expect(createTestJob(world, phones(2), { idempotencyKey: 'k', ...other })).rejects.toMatchObject({
        status: 409,
      });
    }
  });

  it('is accepted although the workflow does not start; it waits, and the log says so', async () => {
    world.workflow.faults.push(new Error('Step Functions is down'));
    const job = await createTestJob(world, phones(2));
    expect(await statusOf(world, job)).toBe('queued');
    expect(await progress(world, job)).toMatchObject({ total: 2, remaining: 2 });
    expect(world.started).toEqual([]);
    expect(world.logged).toEqual(['job not started; the sweep will start it']);
  });

  it('that was stored but not started is started by the repeat', async () => {
    world.workflow.faults.push(new Error('Step Functions is down'));
    await createTestJob(world, phones(2), { idempotencyKey: 'k' });
    const job = await createTestJob(world, phones(2), { idempotencyKey: 'k' });
    expect(world.started).toEqual([`${job.id}/1`]);
  });

  it('that is in progress is not started again by the repeat', async () => {
    const job = await createTestJob(world, phones(6), { idempotencyKey: 'k' });
    await runChunk(world, job, 0);
    world.started.length = 0;
    expect(await createTestJob(world, phones(6), { idempotencyKey: 'k' })).toMatchObject({ status: 'running' });
    expect(world.started).toEqual([]);
  });
});

describe('a failure that no further call can repair', () => {
  it.each([
    ['token', BAD_TOKEN],
    ['permission', { kind: 'permission', code: 10, message: 'no permission' }],
    ['list full', { kind: 'list_full', code: 139101, message: 'full' }],
    ['no such number', { kind: 'permanent', code: 100, subcode: 33, message: 'no such object' }],
  ] satisfies [string, GraphErrorFields][])(
    '(%s) stops the job, keeps the outcomes so far, and gives every other user that code',
    async (_, error) => {
      const job = await createTestJob(world, phones(9));
      await runChunk(world, job, 0);
      world.graph.refuse(error);
      const ended = await runJob(world, job);
      expect(ended).toMatchObject({ status: 'partially_failed', error: { code: error.code } });
      expect(world.graph.calls).toHaveLength(2);
      expect(await progress(world, job)).toMatchObject({ succeeded: 3, failed: 6, remaining: 0 });
      expect((await outcomes(world, job)).slice(3)).toEqual(
        phones(9)
          .slice(3)
          .map((user) => `${user} ${error.code}`),
      );
    },
  );

  it('does not stop the job if the token was replaced in between', async () => {
    const job = await createTestJob(world, phones(3));
    world.graph.meanwhile = async () => world.tokens.replace('token-2');
    world.graph.refuse(BAD_TOKEN);
    expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
    expect(world.graph.calls.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });

  it('stops the job before Graph is called if the mirror shows that the list is full', async () => {
    world = createWorld({ chunkSize: 2, listLimit: 2 });
    const job = await createTestJob(world, phones(6));
    expect(await runJob(world, job)).toMatchObject({ error: { code: 139101 } });
    expect(world.graph.calls).toHaveLength(1);
    expect(await progress(world, job)).toMatchObject({ succeeded: 2, failed: 4, remaining: 0 });
  });

  it('stops the job as well if Graph answers it for single users', async () => {
    const [, b = ''] = phones(2);
    world.graph.failures.set(b, [{ code: 139101, message: 'Blocklist limit reached' }]);
    const job = await createTestJob(world, phones(6));
    expect(await runJob(world, job)).toMatchObject({ error: { code: 139101 } });
    expect(await progress(world, job)).toMatchObject({ succeeded: 2, failed: 4, remaining: 0 });
  });
});

describe('the users of a job', () => {
  it('come in pages, by outcome', async () => {
    const all = phones(10);
    for (const user of [all[1] ?? '', all[8] ?? '']) world.graph.failures.set(user, [AGAIN]);
    const job = await createTestJob(world, all);
    await runJob(world, job);
    const read = async (outcome: 'failed' | 'succeeded' | 'deferred' | undefined, limit: number) => {
      const found: string[] = [];
      let after: { chunk: number; place: number } | undefined;
      for (let more = true; more; ) {
        const page = await listJobUsers(world.jobs, job, { limit, outcome, after });
        found.push(...page.users.map(({ input }) => input));
        after = page.users.at(-1);
        more = page.more;
      }
      return found;
    };
    expect(await read(undefined, 3)).toEqual(all);
    expect(await read('failed', 1)).toEqual([all[1], all[8]]);
    expect(await read('succeeded', 4)).toEqual(all.filter((_, index) => index !== 1 && index !== 8));
    expect(await read('deferred', 4)).toEqual([]);
  });

  it('are absent while they have no outcome', async () => {
    const job = await createTestJob(world, phones(6));
    await runChunk(world, job, 1);
    expect(await outcomes(world, job)).toEqual(
      phones(6)
        .slice(3)
        .map((user) => `${user} succeeded`),
    );
  });
});
