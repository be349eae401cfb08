/** Where each number is measured: in the step that knows it. `test/unit/runtime/metrics.test.ts` has the line that it becomes. */
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenMissingError } from '../../../lambdas/core/errors.ts';
import { cancelJob } from '../../../lambdas/core/jobs/cancel-job.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { reconcileNumbers } from '../../../lambdas/core/reconciliation/reconcile-numbers.ts';
import { ScheduledActionError } from '../../../lambdas/core/scheduled/run-scheduled-actions.ts';
import { sweep } from '../../../lambdas/core/scheduled/sweep.ts';
import {
  ACTOR,
  changeRequest,
  createTestJob,
  createWorld,
  NUMBER,
  phones,
  runJob,
  type World,
} from '../../support/world.ts';
import { failOnce } from './reconciliation-steps.ts';
import { blockFor, HOUR_MS, MINUTE_MS, run } from './scheduled-steps.ts';

const AGAIN = { code: 131047, message: 'Re-engagement required', details: 'No message in 24 hours' };
const NO_PERMISSION = { kind: 'permission', code: 10, message: 'No permission' } as const;

let world: World;
beforeEach(() => {
  world = createWorld({ chunkSize: 3, listLimit: 8 });
});

const reconcile = () => reconcileNumbers(world.deps, [{ phoneNumberId: NUMBER, attempts: 0 }]);
const last = (name: keyof World['measured']) => world.measured[name]?.at(-1);

describe('users who succeeded and who failed', () => {
  it('are counted for a request, as answered', async () => {
    const [a = '', b = '', c = ''] = phones(3);
    world.graph.failures.set(b, [AGAIN]);
    await submitChange(world.deps, changeRequest([a, b, c]));
    expect(world.measured).toMatchObject({ UsersSucceeded: [2], UsersFailed: [1] });
  });

  it('all failed if Graph refused the request as a whole', async () => {
    world.graph.refuse(NO_PERMISSION);
    await expect(submitChange(world.deps, changeRequest(phones(3)))).rejects.toThrow('No permission');
    expect(world.measured).toEqual({ UsersFailed: [3] });
  });

  it('are counted for a job when a chunk has ended, whatever its attempts saw', async () => {
    const [a = '', b = '', c = '', d = ''] = phones(4);
    world.graph.failures.set(b, [{ code: 130429, message: 'later' }]);
    world.graph.failures.set(d, [AGAIN]);
    await runJob(world, await createTestJob(world, [a, b, c, d]));
    expect(world.measured).toEqual({ UsersSucceeded: [3, 0], UsersFailed: [0, 1] });
  });

  it('are no users of a job that was cancelled before they were sent', async () => {
    const job = await createTestJob(world, phones(3));
    await cancelJob(world.deps, { id: job.id, actor: ACTOR });
    expect(world.measured).toEqual({ UsersSucceeded: [0], UsersFailed: [3] });
  });
});

describe('a reconciliation', () => {
  it('tells how many users differed, how full the list is, and that the mirror is fresh', async () => {
    world.graph.blockElsewhere(...phones(6));
    await reconcile();
    expect(world.measured).toEqual({ Drift: [6], ListUtilizationMax: [75], ReconcileAgeMax: [0] });
    await reconcile();
    expect(world.measured.Drift).toEqual([6, 0]);
  });

  it('tells the age of a mirror that could not be compared: since the last time, or since the first failure', async () => {
    world.graph.refuseListing(NO_PERMISSION);
    await reconcile();
    world.clock.advance(HOUR_MS);
    world.graph.refuseListing(NO_PERMISSION);
    await reconcile();
    expect(world.measured).toEqual({ ReconcileAgeMax: [0, 3_600] });

    await reconcile();
    world.clock.advance(3 * HOUR_MS);
    world.graph.refuseListing(NO_PERMISSION);
    await reconcile();
    expect(last('ReconcileAgeMax')).toBe(3 * 3_600);
  });

  it('tells no age of a number that an operator has retired', async () => {
    world.tokens.credentials = () => Promise.reject(new TokenMissingError('retired', { isRetired: true }));
    await reconcile();
    expect(world.measured).toEqual({});
  });
});

describe('the sweep', () => {
  it('tells how long the oldest operation has been open, and that there is none', async () => {
    await sweep(world.deps);
    expect(world.measured).toEqual({ OldestOpenOperationAge: [0] });
    failOnce(world, 'completeWithRecords');
    await expect(submitChange(world.deps, changeRequest(phones(1)))).rejects.toThrow('DynamoDB is down');
    world.clock.advance(30 * MINUTE_MS);
    await sweep(world.deps);
    expect(last('OldestOpenOperationAge')).toBe(1_800);
  });
});

describe('the end of temporary blocks', () => {
  it('tells how late they are, and that none is', async () => {
    await run(world, 'expiry');
    expect(world.measured).toEqual({ ExpiryLateness: [0] });
    const [a = '', b = '', c = ''] = phones(3);
    await blockFor(world, [b], { ms: 12 * MINUTE_MS });
    await blockFor(world, [a], { ms: 10 * MINUTE_MS });
    await blockFor(world, [c], { ms: 13 * MINUTE_MS });
    world.clock.advance(14 * MINUTE_MS - 1_000);
    await run(world, 'expiry');
    // Of the one that waited longest. A block ends a second before its caller's ten minutes are over.
    expect(last('ExpiryLateness')).toBe(241);
  });

  it('tells how long users of a number wait whose requests Graph refuses', async () => {
    await blockFor(world, phones(1), { ms: 10 * MINUTE_MS });
    world.clock.advance(40 * MINUTE_MS);
    world.graph.refuse(NO_PERMISSION);
    await run(world, 'expiry');
    expect(last('ExpiryLateness')).toBe(1_801);
  });

  it('is told by a run that fails, since a part of the service does', async () => {
    await blockFor(world, phones(1), { ms: 10 * MINUTE_MS });
    world.clock.advance(14 * MINUTE_MS);
    failOnce(world, 'getUsers');
    await expect(run(world, 'expiry')).rejects.toThrow('1 of 1 numbers could not be processed');
    expect(last('ExpiryLateness')).toBe(241);
    failOnce(world, 'getUsers');
    await expect(run(world, 'expiry')).rejects.toBeInstanceOf(ScheduledActionError);
  });

  it('is nothing that a retry of deferred blocks tells', async () => {
    await run(world, 'deferral');
    expect(world.measured).toEqual({});
  });
});
