import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { MAX_ATTEMPTS } from '../../../lambdas/core/jobs/chunk-policy.ts';
import { type Job, progressOf } from '../../../lambdas/core/jobs/job.ts';
import { listJobUsers } from '../../../lambdas/core/jobs/list-job-users.ts';
import { processChunk } from '../../../lambdas/core/jobs/process-chunk.ts';
import {
  createTestJob,
  createWorld,
  failChunk,
  finishJob,
  historyOf,
  NUMBER,
  phones,
  runChunk,
  runJob,
  type World,
} from '../../support/world.ts';

const AGAIN = { code: 131047, message: 'Re-engagement required', details: 'No message in 24 hours' };
const LIMITED: GraphErrorFields = { kind: 'rate_limited', code: 130429, message: '(#130429) Rate limit hit' };
const DOWN: GraphErrorFields = { kind: 'transient', code: 2, message: 'down', maybeApplied: true };
const BAD_TOKEN: GraphErrorFields = { kind: 'token', code: 190, message: 'expired' };

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3 });
});

async function progress(job: Job) {
  const { users, chunks } = progressOf(job, await world.jobs.listChunks(job.id));
  return { ...users, chunks };
}

async function outcomes(job: Job) {
  const { users } = await listJobUsers(world.jobs, job, { limit: 1000 });
  return users.map(({ input, outcome, code }) => (code === undefined ? `${input} ${outcome}` : `${input} ${code}`));
}

describe('a job', () => {
  it('ends with one outcome for each distinct entry, malformed ones too', async () => {
    const [a = '', b = '', c = '', d = ''] = phones(4);
    world.graph.failures.set(b, [AGAIN]);
    const job = await createTestJob(world, [a, `+${a}`, b, 'nobody', c, d]);
    expect(job).toMatchObject({ status: 'queued', total: 5, chunkCount: 2 });
    expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed' });
    expect(await outcomes(job)).toEqual([
      `${a} succeeded`,
      `${b} 131047`,
      'nobody 100',
      `${c} succeeded`,
      `${d} succeeded`,
    ]);
    expect(await progress(job)).toMatchObject({ total: 5, succeeded: 3, failed: 2, remaining: 0 });
    expect(await world.store.getSummary(NUMBER)).toEqual({ size: 3 });
    expect(historyOf(world, b)).toEqual(['block failed 131047']);
  });

  it('shows its progress while it runs', async () => {
    const job = await createTestJob(world, phones(6));
    expect(await progress(job)).toMatchObject({ remaining: 6, chunks: { total: 2, done: 0 } });
    await runChunk(world, job, 1);
    expect(await progress(job)).toMatchObject({ succeeded: 3, remaining: 3, chunks: { total: 2, done: 1 } });
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

  it('of nothing but malformed entries calls nobody', async () => {
    const job = await createTestJob(world, ['a', 'b']);
    expect(await runJob(world, job)).toMatchObject({ status: 'failed' });
    expect(world.graph.calls).toEqual([]);
  });

  it('unblocks as well', async () => {
    await runJob(world, await createTestJob(world, phones(3)));
    await runJob(world, await createTestJob(world, phones(2), { action: 'unblock' }));
    expect(await world.store.getSummary(NUMBER)).toEqual({ size: 1 });
  });

  it('with the same key and body is the same job; with another body it is refused', async () => {
    const first = await createTestJob(world, phones(2), { idempotencyKey: 'k' });
    expect((await createTestJob(world, phones(2), { idempotencyKey: 'k' })).id).toBe(first.id);
    await expect(createTestJob(world, phones(3), { idempotencyKey: 'k' })).rejects.toMatchObject({ status: 409 });
    await expect(createTestJob(world, phones(2), { idempotencyKey: 'k', reason: 'x' })).rejects.toMatchObject({
      status: 409,
    });
    expect((await createTestJob(world, phones(2))).id).not.toBe(first.id);
  });

  it('that was stored but not started is started by the repeat', async () => {
    const { start } = world.deps.workflow;
    world.deps.workflow.start = () => Promise.reject(new Error('Step Functions is down'));
    await expect(createTestJob(world, phones(2), { idempotencyKey: 'k' })).rejects.toThrow('is down');
    world.deps.workflow.start = start;
    const job = await createTestJob(world, phones(2), { idempotencyKey: 'k' });
    expect(world.started).toEqual([job.id]);
  });
});

describe('a chunk', () => {
  it('that is processed twice changes nothing the second time', async () => {
    const job = await createTestJob(world, phones(3));
    await runChunk(world, job, 0);
    const events = world.store.events.size;
    await runChunk(world, job, 0);
    expect(world.graph.calls).toHaveLength(1);
    expect([events, world.store.events.size]).toEqual([3, 3]);
  });

  /** The worker dies once, before the step. */
  function dieBefore(step: 'putUsers' | 'appendEvents' | 'settleOperation'): void {
    const real = world.store[step].bind(world.store);
    Object.assign(world.store, {
      [step]: () => {
        Object.assign(world.store, { [step]: real });
        throw new Error('killed');
      },
    });
  }

  it.each(['appendEvents', 'putUsers', 'settleOperation'] as const)(
    'whose worker died before %s goes on under the same operation: one line of history each, one count',
    async (step) => {
      const [a = '', b = ''] = phones(2);
      world.graph.failures.set(b, [AGAIN, AGAIN]);
      const job = await createTestJob(world, [a, b]);
      dieBefore(step);
      await expect(processChunk(world.deps, { jobId: job.id, chunk: 0 })).rejects.toThrow('killed');
      world.clock.advance(60_000);
      await runChunk(world, job, 0);
      expect(world.graph.calls).toHaveLength(2);
      expect([historyOf(world, a), historyOf(world, b)]).toEqual([['block succeeded'], ['block failed 131047']]);
      expect(world.store.operations.size).toBe(1);
      expect(await progress(job)).toMatchObject({ succeeded: 1, failed: 1, remaining: 0 });
      expect(await world.store.getSummary(NUMBER)).toEqual({ size: 1 });
    },
  );

  it.each(['putUsers', 'settleOperation'] as const)(
    'whose worker died before %s, and whose repeat is refused for the moment, loses nothing',
    async (step) => {
      const [a = ''] = phones(1);
      const job = await createTestJob(world, [a]);
      dieBefore(step);
      await expect(processChunk(world.deps, { jobId: job.id, chunk: 0 })).rejects.toThrow('killed');
      world.graph.refuse(LIMITED, DOWN);
      await runChunk(world, job, 0);
      expect(historyOf(world, a)).toEqual(['block succeeded']);
      expect(world.store.operations.size).toBe(1);
      expect(await world.store.getSummary(NUMBER)).toEqual({ size: 1 });
    },
  );

  it('whose worker died before its outcomes were stored asks Graph again, under the same operation', async () => {
    const job = await createTestJob(world, phones(2));
    const { saveChunk } = world.jobs;
    let saves = 0;
    world.jobs.saveChunk = (...args) => {
      saves += 1;
      return saves === 2 ? Promise.reject(new Error('killed')) : saveChunk.apply(world.jobs, args);
    };
    await expect(processChunk(world.deps, { jobId: job.id, chunk: 0 })).rejects.toThrow('killed');
    world.clock.advance(60_000);
    await runChunk(world, job, 0);
    expect(world.graph.calls).toHaveLength(2);
    expect(world.store.events.size).toBe(2);
    expect(await world.store.getSummary(NUMBER)).toEqual({ size: 2 });
  });

  it('that was given up after its users were blocked says that they were', async () => {
    const [a = '', b = ''] = phones(2);
    world.graph.names.set(a, { waId: '541123456789' });
    world.graph.failures.set(b, [AGAIN]);
    const job = await createTestJob(world, [a, b]);
    dieBefore('settleOperation');
    await expect(processChunk(world.deps, { jobId: job.id, chunk: 0 })).rejects.toThrow('killed');
    await failChunk(world.deps, { jobId: job.id, chunk: 0 });
    expect(await outcomes(job)).toEqual([`${a} succeeded`, `${b} 139103`]);
    expect(await world.store.getSummary(NUMBER)).toEqual({ size: 1 });
    expect(historyOf(world, '541123456789')).toEqual(['block succeeded']);
  });

  it('that two workers process at once has the outcomes of the one that was first', async () => {
    const [a = '', b = ''] = phones(2);
    const job = await createTestJob(world, [a, b]);
    world.graph.failures.set(b, [AGAIN, { code: 139103, message: 'Internal error' }]);
    world.graph.meanwhile = async () => {
      await runChunk(world, job, 0);
    };
    await runChunk(world, job, 0);
    expect(await outcomes(job)).toEqual([`${a} succeeded`, `${b} 131047`]);
    expect(await progress(job)).toMatchObject({ succeeded: 1, failed: 1, remaining: 0 });
    expect(await world.store.getSummary(NUMBER)).toEqual({ size: 1 });
  });

  it('that two workers process at once is done as soon as one of them has its answer', async () => {
    const job = await createTestJob(world, phones(2));
    const gates: (() => void)[] = [];
    const { changeUsers } = world.graph;
    world.graph.changeUsers = async (...call) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return changeUsers.apply(world.graph, call);
    };
    const pass = () => processChunk(world.deps, { jobId: job.id, chunk: 0 });
    const first = pass();
    await expect.poll(() => gates.length).toBe(1);
    const second = pass();
    await expect.poll(() => gates.length).toBe(2);
    gates[0]?.();
    expect(await first).toEqual({ result: 'done' });
    gates[1]?.();
    expect(await second).toEqual({ result: 'again', seconds: 1 });
    expect(await pass()).toEqual({ result: 'done' });
    expect(world.graph.calls).toHaveLength(2);
    expect(world.store.events.size).toBe(2);
    expect(await world.store.getSummary(NUMBER)).toEqual({ size: 2 });
  });

  it('sends no more at once than the provider takes now', async () => {
    world = createWorld({ chunkSize: 10 });
    const job = await createTestJob(world, phones(10));
    world.tokens.current = { ...world.tokens.current, provider: 'splashify', batchLimit: 4 };
    await runChunk(world, job, 0);
    expect(world.graph.calls.map(({ ids }) => ids.length)).toEqual([4, 4, 2]);
  });

  it('sends users again whose own failure may pass, and nobody else', async () => {
    const [a = '', b = '', c = ''] = phones(3);
    world.graph.failures.set(b, [{ code: 139103, message: 'Internal error' }]);
    const job = await createTestJob(world, [a, b, c]);
    expect((await runChunk(world, job, 0)).length).toBe(1);
    expect(world.graph.calls.map(({ ids }) => ids)).toEqual([[a, b, c], [b]]);
    expect(await progress(job)).toMatchObject({ succeeded: 3, remaining: 0 });
  });

  it('gives a user up whose failure never passes, with the code', async () => {
    const [a = ''] = phones(1);
    world.graph.failures.set(
      a,
      Array.from({ length: 99 }, () => ({ code: 139103, message: 'Internal error' })),
    );
    const job = await createTestJob(world, [a]);
    await runChunk(world, job, 0);
    expect(world.graph.calls).toHaveLength(MAX_ATTEMPTS);
    expect(await outcomes(job)).toEqual([`${a} 139103`]);
    expect(historyOf(world, a)).toEqual(['block failed 139103']);
  });

  it('waits as long as Graph names, and does not halve for it', async () => {
    const named = { ...LIMITED, retryAfterSeconds: 120 };
    world.graph.refuse(named, named, named);
    const job = await createTestJob(world, phones(3));
    expect(await runChunk(world, job, 0)).toEqual([120, 120, 120]);
    expect(world.graph.calls.every(({ ids }) => ids.length === 3)).toBe(true);
  });

  it('halves the batch when 130429 repeats, and never loops on the same one', async () => {
    world = createWorld({ chunkSize: 8 });
    world.graph.refuse(LIMITED, LIMITED, LIMITED);
    const job = await createTestJob(world, phones(8));
    await runChunk(world, job, 0);
    expect(world.graph.calls.map(({ ids }) => ids.length)).toEqual([8, 8, 4, 2, 2, 2, 2]);
    expect(await progress(job)).toMatchObject({ succeeded: 8, remaining: 0 });
    expect(world.store.events.size).toBe(8);
  });

  it('waits longer each time, up to a bound, then gives up with the code that it saw last', async () => {
    world.graph.refuse(...Array.from({ length: 99 }, () => DOWN));
    const job = await createTestJob(world, phones(2));
    const waits = await runChunk(world, job, 0);
    expect(waits).toHaveLength(MAX_ATTEMPTS - 1);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(Math.max(...waits)).toBeLessThanOrEqual(300);
    expect(await outcomes(job)).toEqual(phones(2).map((user) => `${user} 2`));
    expect(await progress(job)).toMatchObject({ failed: 2, remaining: 0, chunks: { failed: 1 } });
  });

  it('leaves the last operation findable where Graph may have carried it out', async () => {
    world.graph.refuse(...Array.from({ length: 99 }, () => DOWN));
    const job = await createTestJob(world, phones(1));
    await runChunk(world, job, 0);
    const statuses = [...world.store.operations.values()].map(({ status }) => status);
    expect(statuses.at(-1)).toBe('uncertain');
    expect(statuses.slice(0, -1).every((status) => status === 'failed')).toBe(true);
  });

  it('waits no longer than the job has, and gives up then', async () => {
    world.graph.refuse({ ...LIMITED, retryAfterSeconds: 7 * 60 * 60 });
    const job = await createTestJob(world, phones(1));
    expect(await runChunk(world, job, 0)).toEqual([6 * 60 * 60 + 1]);
    expect(world.graph.calls).toHaveLength(1);
    expect(await outcomes(job)).toEqual([`${phones(1)[0]} 130429`]);
  });

  it('that cannot be carried out does not keep the others from it', async () => {
    world.graph.refuse({ kind: 'permanent', code: 100, message: '(#100) Invalid parameter' });
    const job = await createTestJob(world, phones(6));
    expect(await runJob(world, job)).toMatchObject({ status: 'partially_failed' });
    expect(await progress(job)).toMatchObject({ succeeded: 3, failed: 3, chunks: { done: 1, failed: 1 } });
  });

  it('that crashed for good is given up, its users accounted for', async () => {
    const job = await createTestJob(world, phones(6));
    await runChunk(world, job, 0);
    await failChunk(world.deps, { jobId: job.id, chunk: 1 });
    await failChunk(world.deps, { jobId: job.id, chunk: 1 });
    await finishJob(world.deps, { jobId: job.id });
    expect(await world.jobs.getJob(job.id)).toMatchObject({ status: 'partially_failed' });
    expect(await progress(job)).toMatchObject({ succeeded: 3, failed: 3, remaining: 0, chunks: { failed: 1 } });
  });
});

describe('what no further call can mend', () => {
  it.each([
    ['token', BAD_TOKEN],
    ['permission', { kind: 'permission', code: 10, message: 'no permission' }],
    ['list full', { kind: 'list_full', code: 139101, message: 'full' }],
    ['no such number', { kind: 'permanent', code: 100, subcode: 33, message: 'no such object' }],
  ] satisfies [string, GraphErrorFields][])(
    '(%s) stops the job, keeps what was done, and tells every user',
    async (_, error) => {
      const job = await createTestJob(world, phones(9));
      await runChunk(world, job, 0);
      world.graph.refuse(error);
      const ended = await runJob(world, job);
      expect(ended).toMatchObject({ status: 'partially_failed', error: { code: error.code } });
      expect(world.graph.calls).toHaveLength(2);
      expect(await progress(job)).toMatchObject({ succeeded: 3, failed: 6, remaining: 0 });
      expect((await outcomes(job)).slice(3)).toEqual(
        phones(9)
          .slice(3)
          .map((user) => `${user} ${error.code}`),
      );
    },
  );

  it('does not stop it where the token was replaced meanwhile', async () => {
    const job = await createTestJob(world, phones(3));
    world.graph.meanwhile = async () => world.tokens.replace('token-2');
    world.graph.refuse(BAD_TOKEN);
    expect(await runJob(world, job)).toMatchObject({ status: 'succeeded' });
    expect(world.graph.calls.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });

  it('is known before Graph is called where the mirror knows that the list is full', async () => {
    world = createWorld({ chunkSize: 2, listLimit: 2 });
    const job = await createTestJob(world, phones(6));
    expect(await runJob(world, job)).toMatchObject({ error: { code: 139101 } });
    expect(world.graph.calls).toHaveLength(1);
    expect(await progress(job)).toMatchObject({ succeeded: 2, failed: 4, remaining: 0 });
  });

  it('stops the job as well where Graph says it of single users', async () => {
    const [, b = ''] = phones(2);
    world.graph.failures.set(b, [{ code: 139101, message: 'Blocklist limit reached' }]);
    const job = await createTestJob(world, phones(6));
    expect(await runJob(world, job)).toMatchObject({ error: { code: 139101 } });
    expect(await progress(job)).toMatchObject({ succeeded: 2, failed: 4, remaining: 0 });
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
    expect(await outcomes(job)).toEqual(
      phones(6)
        .slice(3)
        .map((user) => `${user} succeeded`),
    );
  });
});
