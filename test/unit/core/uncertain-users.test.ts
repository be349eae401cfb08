import { beforeEach, expect, it } from 'vitest';
import type { Failure } from '../../../lambdas/core/changes/outcome.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { changeRequest, createWorld, type World } from '../../support/world.ts';
import { attempt } from './job-steps.ts';

/** Users of one request for whom Graph's answer was lost, while others have theirs: one batch of several. */
const A = '16505550001';
const B = '16505550002';
const LOST: Failure = { code: 2, message: 'The connection to Graph broke before its answer', maybeApplied: true };
const UNSENT: Failure = { code: 2, message: 'The connection to Graph broke before its answer' };

let world: World;
beforeEach(() => {
  world = createWorld();
});

const operations = () => [...world.store.operations.values()].map(({ status }) => status);

it.for([
  ['stays uncertain if the answers to its repeats were lost too', [LOST, LOST, LOST], 2, 'uncertain'],
  ['stays uncertain if the repeats were not sent', [LOST, UNSENT, UNSENT], 2, 'uncertain'],
  ['ends if the repeat was answered', [LOST], undefined, 'finished'],
  ['ends if the user was never sent', [UNSENT, UNSENT, UNSENT], 2, 'finished'],
] as const)('a request with one uncertain user %s', async ([_, failures, code, status]) => {
  world.graph.failures.set(B, [...failures]);
  const change = await submitChange(world.deps, changeRequest([A, B]));
  expect(change).toMatchObject({ results: [{ waId: A }, code === undefined ? { waId: B } : { failure: { code } }] });
  expect(operations()).toEqual([status]);
});

it('an attempt of a job with one uncertain user stays uncertain, and the next attempt finds the result', async () => {
  world.graph.failures.set(B, [LOST]);
  const change = await submitChange(world.deps, changeRequest([A, B], { respondAsync: true }));
  if (change.kind !== 'job') throw new Error('Expected a job');
  expect(await attempt(world, change.job, 0)).toMatchObject({ result: 'requeue' });
  expect(operations()).toEqual(['uncertain']);
  expect(await attempt(world, change.job, 0)).toEqual({ result: 'done' });
  expect(operations()).toEqual(['uncertain', 'finished']);
  expect(world.graph.blocked).toEqual(new Set([A, B]));
});
