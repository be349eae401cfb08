import { describe, expect, test } from 'vitest';
import { cancelJob } from '../../../lambdas/core/jobs/cancel-job.ts';
import { listChunks } from '../../../lambdas/core/jobs/chunks.ts';
import { retryJob } from '../../../lambdas/core/jobs/retry-job.ts';
import type { ApiRequest } from '../../../lambdas/http/api-request.ts';
import { acceptedJobResponse, readJobChange } from '../../../lambdas/http/job-response.ts';
import { ACTOR, gatewayEvent, refusal, send } from '../../support/gateway.ts';
import { createTestJob, createWorld, runJob, type World } from '../../support/world.ts';

/** The two routes, over core in memory. */
const ROUTES = {
  cancel: (world: World, request: ApiRequest) => cancelJob(world.deps, readJobChange(request)),
  retry: (world: World, request: ApiRequest) => retryJob(world.deps, readJobChange(request)),
};

function post(world: World, route: keyof typeof ROUTES, id: string) {
  const event = gatewayEvent({ method: 'POST', resource: `/jobs/{id}/${route}`, path: { id } });
  return send(event, async (request) => {
    const job = await ROUTES[route](world, request);
    return acceptedJobResponse(job, await listChunks(world.jobs, job));
  });
}

describe('a cancellation', () => {
  test('is answered 202 with the job and its caller', async () => {
    const world = createWorld();
    const { id } = await createTestJob(world, ['+16505551234', '+16505551235']);
    const { status, body } = await post(world, 'cancel', id);
    expect(status).toBe(202);
    expect(body).toMatchObject({
      id,
      status: 'cancelled',
      users: { total: 2, succeeded: 0, failed: 2, remaining: 0 },
      chunks: { total: 1, done: 0, failed: 1 },
      cancelled_at: world.clock.iso(),
      cancelled_by: ACTOR,
      finished_at: world.clock.iso(),
    });
  });

  test('of a job that ended is answered 202 with the job as it ended', async () => {
    const world = createWorld();
    const job = await createTestJob(world, ['+16505551234']);
    await runJob(world, job);
    const { status, body } = await post(world, 'cancel', job.id);
    expect(status).toBe(202);
    expect(body).toMatchObject({ id: job.id, status: 'succeeded' });
    expect(body).not.toHaveProperty('cancelled_at');
  });
});

describe('a retry', () => {
  test('is answered 202 with the job, queued again for what failed', async () => {
    const world = createWorld();
    const job = await createTestJob(world, ['+16505551234', '+16505551235', 'nobody']);
    world.graph.failures.set('16505551234', [{ code: 131047, message: 'No message' }]);
    await runJob(world, job);
    const { status, body } = await post(world, 'retry', job.id);
    expect(status).toBe(202);
    expect(body).toMatchObject({
      id: job.id,
      status: 'queued',
      users: { total: 3, succeeded: 1, failed: 1, remaining: 1 },
      retried_at: world.clock.iso(),
    });
    for (const field of ['finished_at', 'error', 'cancelled_at']) expect(body).not.toHaveProperty(field);
  });
});

describe.each(['cancel', 'retry'] as const)('%s', (route) => {
  test('of an unknown job is a 404 that names it', async () => {
    const id = '106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY';
    expect(await post(createWorld(), route, id)).toMatchObject({
      status: 404,
      body: refusal(`id: there is no job ${id}, or it was too old to be kept`),
    });
  });

  test('of a malformed job id is a 404', async () => {
    expect(await post(createWorld(), route, '../jobs')).toMatchObject({
      status: 404,
      body: refusal('id: no such job; a job id is <phone number id>-<26 letters and digits>'),
    });
  });
});
