import { describe, expect, test } from 'vitest';
import { listChunks } from '../../../lambdas/core/jobs/chunks.ts';
import type { Job } from '../../../lambdas/core/jobs/job.ts';
import { revertJob } from '../../../lambdas/core/jobs/revert-job.ts';
import { readRevert, revertResponse } from '../../../lambdas/http/revert-job.ts';
import { ACTOR, gatewayEvent, read, refusal, rulesAt, type Sent, send } from '../../support/gateway.ts';
import { createTestJob, createWorld, runJob, type World } from '../../support/world.ts';

const NOW_MS = Date.parse('2026-11-01T12:00:00.000Z');
const ID = '106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY';
const RULES = rulesAt(NOW_MS);

const asked = (sent: Sent, rules = RULES) =>
  read({ resource: '/jobs/{id}/revert', path: { id: ID }, ...sent }, (request) => readRevert(request, rules));

describe('POST /jobs/{id}/revert', () => {
  test.each<[string, Sent]>([
    ['nothing', {}],
    ['an empty body', { body: {} }],
    ['fields that are null', { body: { reason: null, reason_code: null, expires_at: null, expires_in: null } }],
  ])('may have %s', async (_, sent) => {
    expect(await asked(sent)).toEqual({ status: 200, body: { id: ID, actor: ACTOR }, headers: expect.anything() });
  });

  test.each<[string, Sent, object]>([
    [
      'a reason and its code',
      { body: { reason: 'wrong list', reason_code: 'other' } },
      { reason: 'wrong list', reasonCode: 'other' },
    ],
    [
      'a time',
      { body: { expires_at: '2026-11-02T12:00:00Z' } },
      { end: { at: '2026-11-02T12:00:00.000Z', field: 'expires_at' } },
    ],
    ['seconds', { query: { expires_in: '60' } }, { end: { at: '2026-11-01T12:01:00.000Z', field: 'expires_in' } }],
    ['somebody to act for', { headers: { 'X-On-Behalf-Of': 'kim' } }, { onBehalfOf: 'kim' }],
  ])('may have %s', async (_, sent, fields) => {
    expect(await asked(sent)).toMatchObject({ status: 200, body: { id: ID, actor: ACTOR, ...fields } });
  });

  test.each<[string, object, string]>([
    ['a reason that is too long', { reason: 'x'.repeat(257) }, 'reason: must have at most 256 characters'],
    ['an unknown code', { reason_code: 'typo' }, `reason_code: must be one of ${RULES.reasonCodes.join(', ')}`],
    ['an end in the past', { expires_at: '2026-10-31T00:00:00Z' }, 'expires_at: must be in the future'],
    [
      'two ends',
      { expires_at: '2027-01-01T00:00:00Z', expires_in: 5 },
      'expires_in: cannot be combined with expires_at; send one of them',
    ],
    [
      'an option that it always has',
      { defer: true },
      'defer: is not a parameter of this route; it takes reason, reason_code, expires_at, expires_in',
    ],
  ])('refuses %s', async (_, body, message) => {
    expect(await asked({ body })).toMatchObject({ status: 400, body: refusal(message) });
  });

  test('needs a reason if the deployment requires one', async () => {
    const message = `reason_code: is required on this deployment; one of ${RULES.reasonCodes.join(', ')}`;
    expect(await asked({}, { ...RULES, requireReason: 'code' })).toMatchObject({ status: 400, body: refusal(message) });
    expect(await asked({ body: { reason_code: 'other' } }, { ...RULES, requireReason: 'code' })).toMatchObject({
      status: 200,
    });
  });

  test('is about a job', async () => {
    expect(await asked({ path: { id: '../jobs' } })).toMatchObject({
      status: 404,
      body: refusal('id: no such job; a job id is <phone number id>-<26 letters and digits>'),
    });
  });
});

describe('a revert', () => {
  async function ended(world: World): Promise<Job> {
    world.store.isPaired = world.jobs.isPaired = false;
    const job = await createTestJob(world, ['+16505551234', '+16505551235', 'nobody']);
    await runJob(world, job);
    return job;
  }
  const post = (world: World, id: string, body?: object) =>
    send(gatewayEvent({ resource: '/jobs/{id}/revert', path: { id }, body }), async (request) => {
      const job = await revertJob(world.deps, readRevert(request, rulesAt(world.clock.now())));
      return revertResponse(request, job, await listChunks(world.jobs, job));
    });

  test('is answered 202 with the new job and where it is, also if it was asked for before', async () => {
    const world = createWorld();
    const { id } = await ended(world);
    const first = await post(world, id);
    expect(first).toMatchObject({
      status: 202,
      body: {
        action: 'unblock',
        status: 'queued',
        reverts: id,
        reason: `Reverts job ${id}`,
        users: { total: 2, succeeded: 0, failed: 0, deferred: 0, remaining: 2 },
        activity: [{ verb: 'created', actor: ACTOR }],
      },
    });
    const { body } = first;
    expect(first.headers.location).toMatch(new RegExp(`^https://.*/jobs/${Object(body).id}$`));
    expect(await post(world, id)).toEqual(first);
  });

  test('that cannot be is answered 409, or 400 if it asks for what only a block can have', async () => {
    const world = createWorld();
    const { id } = await ended(world);
    expect(await post(world, id, { expires_in: 60 })).toMatchObject({
      status: 400,
      body: refusal('expires_in: cannot be used to revert a job that blocked users; leave it out'),
    });
    const open = await createTestJob(world, ['+16505551236']);
    expect(await post(world, open.id)).toMatchObject({
      status: 409,
      body: refusal('id: this job cannot be reverted: it is queued; revert it when it has ended, or cancel it first'),
    });
  });
});
