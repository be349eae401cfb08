import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphErrorFields } from '../../../lambdas/core/errors.ts';
import { processChunk } from '../../../lambdas/core/jobs/process-chunk.ts';
import { phone } from '../../support/fake-graph.ts';
import { createTestJob, createWorld, failChunk, finishJob, phones, type World } from '../../support/world.ts';
import {
  change,
  failOnce,
  MINUTE_MS,
  reconcile,
  recordedHistory,
  rightBefore,
  size,
  stored,
} from './reconciliation-steps.ts';

const OTHER = 'arn:aws:iam::111122223333:role/fraud';
const [A = '', B = '', C = ''] = phones(3);
const LATE: GraphErrorFields = { kind: 'timeout', code: 2, message: 'no answer in time', maybeApplied: true };
const REFUSED: GraphErrorFields = { kind: 'permanent', code: 100, message: 'no' };

let world: World;
beforeEach(() => {
  world = createWorld();
});

const operations = () => [...world.store.operations.values()];

/** A request whose function dies, or whose answer never comes. */
async function abandoned(request: Promise<void>): Promise<void> {
  await expect(request).rejects.toThrow();
}

/** Graph carries the next request out, and its answer does not come. */
function answerLate(...users: readonly string[]): void {
  world.graph.meanwhile = async () => {
    world.graph.apply('block', users.map(phone));
    world.graph.refuse(LATE);
  };
}

describe('a request that died after Graph carried it out', () => {
  it.each(['appendEvents', 'putUsers'] as const)('before %s is recorded once, as its own change', async (step) => {
    failOnce(world, step);
    await abandoned(change(world, [A, B], { reason: 'spam', onBehalfOf: 'ana' }));
    const [operation] = operations();
    world.clock.advance(6 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 2, removed: 0 });
    expect(stored(world, A)).toMatchObject({
      state: 'blocked',
      source: 'api',
      reason: 'spam',
      onBehalfOf: 'ana',
      operationId: operation?.operationId,
    });
    expect(recordedHistory(world, A)).toEqual(['block api support spam']);
    expect([...world.store.events.values()][0]).toMatchObject({ at: operation?.startedAt, onBehalfOf: 'ana' });
    expect(operations()).toMatchObject([{ status: 'resolved', succeeded: 2, failed: 0 }]);
    expect(size(world)).toBe(2);
  });

  it('before it was completed is counted', async () => {
    failOnce(world, 'completeOperation');
    await abandoned(change(world, [A, B]));
    world.clock.advance(6 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(recordedHistory(world, A)).toEqual(['block api support']);
    expect(operations()).toMatchObject([{ status: 'resolved', succeeded: 2, failed: 0 }]);
    expect(size(world)).toBe(2);
  });

  it('is recorded as an unblock if it was one', async () => {
    await change(world, [A, B]);
    failOnce(world, 'appendEvents');
    await abandoned(change(world, [A], { action: 'unblock', reason: 'sorry' }));
    world.clock.advance(6 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
    expect(recordedHistory(world, A)).toEqual(['block api support', 'unblock api support sorry']);
    expect(operations()).toMatchObject([{}, { status: 'resolved', succeeded: 1, failed: 0 }]);
    expect(size(world)).toBe(1);
  });

  it('may still be running for some minutes, and is left alone for that time', async () => {
    failOnce(world, 'appendEvents');
    await abandoned(change(world, [A]));
    world.clock.advance(4 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(stored(world, A)).toBeUndefined();
    expect(operations()).toMatchObject([{ status: 'started' }]);
  });

  it('is not credited with changes that it did not request', async () => {
    failOnce(world, 'appendEvents');
    await abandoned(change(world, [A]));
    world.graph.blockElsewhere(B);
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect([recordedHistory(world, A), recordedHistory(world, B)]).toEqual([
      ['block api support'],
      ['block external external'],
    ]);
  });
});

describe('a request whose answer never came', () => {
  it('is recorded as its own change if Graph carried it out', async () => {
    answerLate(A, B);
    await abandoned(change(world, [A, B], { reason: 'spam' }));
    await reconcile(world);
    expect(recordedHistory(world, A)).toEqual(['block api support spam']);
    expect(size(world)).toBe(2);
    // Graph may still be at it: the operation is kept until that is out of the question.
    expect(operations()).toMatchObject([{ status: 'uncertain' }]);
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(operations()).toMatchObject([{ status: 'resolved', succeeded: 2, failed: 0 }]);
    expect(recordedHistory(world, A)).toEqual(['block api support spam']);
  });

  it('is recorded for the users that Graph changed, if Graph changed only some', async () => {
    answerLate(A);
    await abandoned(change(world, [A, B]));
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect([recordedHistory(world, A), recordedHistory(world, B)]).toEqual([['block api support'], []]);
    expect(operations()).toMatchObject([{ status: 'resolved', succeeded: 1, failed: 1 }]);
  });

  it('ends, with nothing recorded, if Graph did not carry it out', async () => {
    answerLate();
    await abandoned(change(world, [A]));
    world.clock.advance(6 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(recordedHistory(world, A)).toEqual([]);
    expect(operations()).toMatchObject([{ status: 'resolved', succeeded: 0, failed: 1 }]);
  });

  it('gives way to a later one whose answer was also lost', async () => {
    answerLate();
    await abandoned(change(world, [A], { reason: 'first' }));
    world.clock.advance(1_000);
    answerLate(A);
    await abandoned(change(world, [A], { reason: 'second' }));
    await reconcile(world);
    expect(recordedHistory(world, A)).toEqual(['block api support second']);
  });

  it('is not credited with the opposite change', async () => {
    answerLate();
    await abandoned(change(world, [A], { action: 'unblock' }));
    world.graph.blockElsewhere(A);
    await reconcile(world);
    expect(recordedHistory(world, A)).toEqual(['block external external']);
  });

  it('is not credited with a change that another application made long after it, and after another request', async () => {
    answerLate(A);
    await abandoned(change(world, [A], { reason: 'spam' }));
    world.clock.advance(6 * MINUTE_MS);
    await change(world, [A], { action: 'unblock' });
    world.graph.blockElsewhere(A);
    await reconcile(world);
    expect(recordedHistory(world, A)).toEqual(['unblock api support', 'block external external']);
  });
});

describe('two requests that overlapped and could not converge', () => {
  beforeEach(async () => {
    await change(world, [A]);
    world.graph.meanwhile = async () => {
      world.clock.advance(1_000);
      await change(world, [A], { action: 'unblock' });
    };
    world.graph.refuse(undefined, undefined, REFUSED);
    // Graph carried the block out last, though the mirror says what began last.
    await change(world, [A], { reason: 'last' });
    expect(stored(world, A)).toMatchObject({ state: 'unblocked' });
  });

  it('are recorded in the order in which Graph carried them out', async () => {
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    expect(stored(world, A)).toMatchObject({ state: 'blocked', source: 'api', reason: 'last' });
    expect(recordedHistory(world, A).at(-1)).toBe('block api support last');
    expect(size(world)).toBe(1);
  });

  it('are recorded in Graph’s order, and attributed correctly, if the first of them ended without a conflict', async () => {
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    await change(world, [A], { action: 'unblock' });
    const expiresAt = new Date(world.clock.now() + 90 * MINUTE_MS).toISOString();
    const [block, unblock] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const start = async (gate: Promise<void>, ...request: Parameters<typeof change>) => {
      const calls = world.graph.calls.length;
      world.graph.meanwhile = () => gate;
      const changed = change(...request);
      await expect.poll(() => world.graph.calls.length).toBe(calls + 1);
      world.clock.advance(100);
      return { changed };
    };
    world.graph.refuse(undefined, undefined, REFUSED);
    const first = await start(block.promise, world, [A], { reason: 'meanwhile', onBehalfOf: 'ana', expiresAt });
    const second = await start(unblock.promise, world, [A], { action: 'unblock' });
    block.resolve();
    await first.changed;
    unblock.resolve();
    await second.changed;
    expect(stored(world, A)).toMatchObject({ state: 'unblocked' });
    // Graph carried the block out last.
    world.graph.blockElsewhere(A);
    expect(await reconcile(world)).toEqual({ added: 1, removed: 0 });
    const as = { state: 'blocked', source: 'api', reason: 'meanwhile', onBehalfOf: 'ana', expiresAt };
    expect(stored(world, A)).toMatchObject(as);
    expect(recordedHistory(world, A).at(-1)).toBe('block api support meanwhile');
    // What comes long after is somebody else's.
    world.clock.advance(6 * MINUTE_MS);
    await change(world, [A], { action: 'unblock' });
    world.graph.blockElsewhere(A);
    await reconcile(world);
    expect(recordedHistory(world, A).at(-1)).toBe('block external external');
  });

  it('have ended after that', async () => {
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(await world.store.listOpenOperations('106540352242922')).toEqual([]);
  });

  it('keep the outcomes that their callers saw, even if the user changes later', async () => {
    world.clock.advance(6 * MINUTE_MS);
    await change(world, [A], { action: 'unblock' });
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(operations().filter(({ status }) => status === 'resolved')).toMatchObject([{ succeeded: 1, failed: 0 }]);
  });
});

describe('the chunk of a job whose worker died after Graph carried out its request', () => {
  async function dyingJob(users: readonly string[]) {
    const job = await createTestJob(world, users, { reason: 'spam' });
    failOnce(world, 'appendEvents');
    await expect(processChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 })).rejects.toThrow('DynamoDB is down');
    return job;
  }

  it('is left to the job until the job ends', async () => {
    const job = await dyingJob([A, B]);
    world.clock.advance(60 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0, isIncomplete: true });
    expect(stored(world, A)).toBeUndefined();
    expect(operations()).toMatchObject([{ status: 'started' }]);
    await processChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 });
    expect(recordedHistory(world, A)).toEqual(['block job support spam']);
    expect(size(world)).toBe(2);
  });

  it('is recorded as the job’s change if the job was given up', async () => {
    const job = await dyingJob([A, B]);
    world.clock.advance(60 * MINUTE_MS);
    await failChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 });
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    expect(await reconcile(world)).toEqual({ added: 2, removed: 0 });
    expect(stored(world, A)).toMatchObject({ state: 'blocked', source: 'job', reason: 'spam' });
    expect(recordedHistory(world, A)).toEqual(['block failed job support spam', 'block job support spam']);
    expect([...world.store.events.values()].at(-1)).toMatchObject({ jobId: job.id });
    expect(operations()).toMatchObject([{ status: 'resolved', succeeded: 2, failed: 0 }]);
    expect(size(world)).toBe(2);
  });

  it('counts only the users that it had sent', async () => {
    world.tokens.current = { ...world.tokens.current, batchLimit: 1 };
    const job = await dyingJob([A, B, C]);
    world.graph.blockElsewhere(B, C);
    await failChunk(world.deps, { jobId: job.id, run: 1, chunk: 0 });
    await finishJob(world.deps, { jobId: job.id, run: 1 });
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(operations()).toMatchObject([{ status: 'resolved', users: 1, succeeded: 1, failed: 0 }]);
  });
});

describe('a block whose worker died after it had recorded it, and before it converged with an unblock that overlapped', () => {
  /** The unblock begins first, and Graph carries it out last. */
  async function overlapping() {
    const unblocked = Promise.withResolvers<void>();
    let blocking: Promise<void> | undefined;
    world.graph.meanwhile = async () => {
      world.clock.advance(1_000);
      rightBefore(world, 'completeWithRecords', () => unblocked.promise);
      blocking = change(world, [A]);
      await new Promise((resolve) => setImmediate(resolve));
      world.clock.advance(1_000);
    };
    await change(world, [A], { action: 'unblock', actor: OTHER });
    world.graph.changeUsers = () => Promise.reject(new Error('The worker died'));
    unblocked.resolve();
    await abandoned(blocking ?? Promise.resolve());
    Reflect.deleteProperty(world.graph, 'changeUsers');
    expect(stored(world, A)).toMatchObject({ state: 'blocked' });
    expect(world.graph.blocked).toEqual(new Set());
    world.clock.advance(6 * MINUTE_MS);
  }

  it('gives way to the unblock, by whoever asked for that', async () => {
    await overlapping();
    expect(await reconcile(world)).toMatchObject({ removed: 1 });
    expect(recordedHistory(world, A).at(-1)).toBe('unblock api fraud');
    expect(operations().at(-1)).toMatchObject({ status: 'resolved' });
  });

  it('is not taken for an unblock of long before', async () => {
    await change(world, [A], { action: 'unblock', actor: OTHER });
    world.clock.advance(6 * MINUTE_MS);
    // More than are written in one transaction.
    failOnce(world, 'completeOperation');
    await abandoned(change(world, phones(6)));
    expect(stored(world, A)).toMatchObject({ state: 'blocked' });
    world.graph.unblockElsewhere(A);
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(recordedHistory(world, A).at(-1)).toBe('unblock external external');
  });
});
